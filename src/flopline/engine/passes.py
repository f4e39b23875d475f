"""FLOP of one pass over one token, for models given exactly or by their parameters.

With a `config` a pass is an exact integer per sequence; with `params` it is 2 x active (forward) or 6 x active
(forward and backward), as in Kaplan et al. 2020, arXiv:2001.08361, section 2.1, without an attention term.
"""

from __future__ import annotations

from dataclasses import dataclass
from fractions import Fraction
from typing import TYPE_CHECKING, Final

from flopline.architecture import Architecture, StageFlop, training_flop
from flopline.engine.quantities import Quantities, constant
from flopline.errors import PlanError, UtilizationError
from flopline.plan import ModelSize, Stage, sized

if TYPE_CHECKING:
    from flopline.engine.factors import Factor, Term
    from flopline.plan import Plan

KAPLAN: Final = "Kaplan et al. 2020, arXiv:2001.08361, section 2.1"
FORWARD: Final = 2
TRAINING: Final = 6
RECOMPUTE: Final = Fraction(FORWARD, TRAINING)
"""Full recomputation is one more forward pass beside the training pass."""


@dataclass(frozen=True, slots=True)
class Passes:
    """How a stage passes sequences through an exactly counted model.

    Attributes
    ----------
    lora : dict, optional
        Rank and targets of the adapters that are trained instead of the model.
    trainable : str, optional
        Which parts are trained; None trains all.
    recompute : str, optional
        Which activations are computed twice.
    mtp : bool
        Count the modules that predict several tokens.
    full : bool
        Count the whole square of attention, not only the pairs that the mask leaves.
    """

    lora: dict[str, object] | None = None
    trainable: str | None = None
    recompute: str | None = None
    mtp: bool = False
    full: bool = False

    @classmethod
    def of(cls, stage: Stage, plan: Plan) -> Passes:
        """Return how a stage trains its model."""
        inherited = plan.model.mtp if sized(stage, plan.model) is plan.model else None
        return cls(
            lora=None if stage.lora is None else stage.lora.model_dump(exclude_none=True),
            trainable=stage.trainable,
            recompute=stage.recompute,
            mtp=bool(inherited if stage.mtp is None else stage.mtp),
            full=stage.attention == "full",
        )

    @classmethod
    def of_another(cls, stage: Stage) -> Passes:
        """Return how a stage passes through a model beside its own: trained whole, if it is trained at all."""
        return cls(full=stage.attention == "full")

    def training(self, architecture: Architecture, length: int) -> int:
        """Return FLOP of forward and backward pass over one sequence."""
        exact = self._exact(architecture, length)
        return exact.training_full if self.full else exact.training_masked

    def forward(self, architecture: Architecture, length: int) -> int:
        """Return FLOP of a forward pass over one sequence."""
        exact = training_flop(architecture, length)
        return exact.forward_full if self.full else exact.forward_masked

    def recomputed(self, architecture: Architecture, length: int) -> int:
        """Return FLOP of activations computed a second time, over one sequence."""
        exact = self._exact(architecture, length)
        return exact.recompute_full if self.full else exact.recompute

    def _exact(self, architecture: Architecture, length: int) -> StageFlop:
        return training_flop(
            architecture, length, lora=self.lora, trainable=self.trainable, recompute=self.recompute, mtp=self.mtp
        )  # fmt: skip


def size_name(stage: Stage, role: str | None = None) -> str:
    """Return the dotted name of the table that holds a size: the stage's own, another model's, or the plan's."""
    if role is not None:
        return f"{stage.name}.{role}"
    own = stage.config is not None or stage.params is not None
    return stage.name if own else "model"


def by_parameters(flop: int, size: ModelSize, owner: str, quantities: Quantities) -> Term:
    """Return FLOP per parameter and token, and the parameters that work on one token."""
    active = quantities.factor(f"{owner}.{'params' if size.active is None else 'active'}")
    return (constant("FLOP per parameter and token", flop, KAPLAN), active)


def training_pass(stage: Stage, quantities: Quantities) -> Term:
    """Return the factors of forward and backward FLOP per token, by the attention convention of the stage."""
    size = sized(stage, quantities.plan.model)
    if size.config is None:
        return by_parameters(TRAINING, size, size_name(stage), quantities)
    length = length_of(stage, "config")
    flop = Passes.of(stage, quantities.plan).training(size.config, length)
    return (_per_token(flop, length, "training FLOP per token", size.config),)


def recompute_pass(stage: Stage, quantities: Quantities) -> Term:
    """Return the factors of recomputed FLOP per token: the ledger's, or one more forward pass (2 x active)."""
    size = sized(stage, quantities.plan.model)
    if size.config is None:
        return by_parameters(FORWARD, size, size_name(stage), quantities)
    length = length_of(stage, "config")
    flop = Passes.of(stage, quantities.plan).recomputed(size.config, length)
    return (_per_token(flop, length, "recomputed FLOP per token", size.config),)


def forward_pass(size: ModelSize, owner: str, stage: Stage, quantities: Quantities) -> Term:
    """Return the factors of one forward pass per token of a teacher, reference policy or evaluated model."""
    if size.config is None:
        return by_parameters(FORWARD, size, owner, quantities)
    length = length_of(stage, owner)
    flop = Passes.of_another(stage).forward(size.config, length)
    return (_per_token(flop, length, "forward FLOP per token", size.config),)


def recompute_ratio(stage: Stage, quantities: Quantities) -> Fraction:
    """Return recomputed FLOP per model FLOP: the ledger's, or 1/3 for full recomputation of an unknown shape.

    Raises
    ------
    UtilizationError
        What is recomputed is not said, or depends on a shape or a length that is not given.
    """
    size = sized(stage, quantities.plan.model)
    if stage.recompute == "none":
        return Fraction(0)
    if size.config is not None and stage.recompute is not None and stage.seq_len is not None:
        passes = Passes.of(stage, quantities.plan)
        flop = passes.recomputed(size.config, stage.seq_len), passes.training(size.config, stage.seq_len)
        return Fraction(*flop)
    if size.config is None and stage.recompute == "full":
        return RECOMPUTE
    message = f"stage `{stage.name}` does not say how much of its machine's FLOP is recomputation"
    hint = "give `config`, `seq_len` and `recompute`, or the model utilization (MFU) and no `recompute`"
    raise UtilizationError(message, hint=hint)


def length_of(stage: Stage, what: str) -> int:
    """Return the sequence length that an exact count needs.

    Raises
    ------
    PlanError
        The stage gives none (E317).
    """
    if stage.seq_len is None:
        message = f"stage `{stage.name}` counts `{what}` exactly, and attention depends on the length of a sequence"
        raise PlanError(message, code="E317", hint="give `seq_len`, such as 8192")
    return stage.seq_len


def _per_token(flop: int, length: int, what: str, architecture: Architecture) -> Factor:
    """Return FLOP per token from exact FLOP per sequence."""
    ledger = f"exact ledger of `{architecture.name}` at {length} tokens: see `flopline count`"
    return constant(what, Fraction(flop, length), ledger)

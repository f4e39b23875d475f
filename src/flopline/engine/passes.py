"""FLOP of one pass over one token, for models given exactly or by their parameters.

With a `config` a pass is an exact integer per sequence; with `params` it is 2 x active (forward) or 6 x active
(forward and backward), as in Kaplan et al. 2020, arXiv:2001.08361, section 2.1, without an attention term.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from fractions import Fraction
from typing import TYPE_CHECKING, Final

from flopline.architecture import Architecture, StageFlop, training_flop
from flopline.engine.quantities import Quantities, constant
from flopline.errors import PlanError, UtilizationError
from flopline.plan import ModelSize, OtherModel, Stage, sized
from flopline.plan.kinds import LENGTHS
from flopline.plan.unknown import SOURCE

if TYPE_CHECKING:
    from collections.abc import Callable

    from flopline.engine.factors import Factor, Term
    from flopline.plan import Plan, Sequences

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
        Rank and targets of the low-rank adapters that are trained instead of the model.
    adapter : int, optional
        Width of the bottleneck adapters that are.
    trainable : str, optional
        Which parts are trained; None trains all.
    recompute : str, optional
        Which activations are computed twice.
    mtp : bool
        Count the modules that predict several tokens.
    full : bool
        Count the whole square of attention, not only the pairs that the mask leaves.
    documents : tuple of int, optional
        Documents packed into one sequence, which do not see each other.
    lengths : tuple of (str, int)
        Lengths beside that of the sequence, by name.
    """

    lora: dict[str, object] | None = None
    adapter: int | None = None
    trainable: str | None = None
    recompute: str | None = None
    mtp: bool = False
    full: bool = False
    documents: tuple[int, ...] | None = None
    lengths: tuple[tuple[str, int], ...] = ()

    @classmethod
    def of(cls, stage: Stage, plan: Plan) -> Passes:
        """Return how a stage trains its model."""
        inherited = plan.model.mtp if sized(stage, plan.model) is plan.model else None
        return cls(
            lora=None if stage.lora is None else stage.lora.model_dump(exclude_none=True),
            adapter=stage.adapter,
            trainable=stage.trainable,
            recompute=stage.recompute,
            mtp=bool(inherited if stage.mtp is None else stage.mtp),
            full=stage.attention == "full",
            documents=stage.documents,
            lengths=lengths_of(stage),
        )

    @classmethod
    def of_another(cls, stage: Stage, architecture: Architecture | None = None) -> Passes:
        """Return how a stage passes through a model beside its own: trained whole, if it is trained at all.

        Of the stage's further lengths it gets those that it has.
        """
        known = () if architecture is None else tuple(one.name for one in architecture.others)
        lengths = tuple(pair for pair in lengths_of(stage) if pair[0] in known)
        return cls(full=stage.attention == "full", documents=stage.documents, lengths=lengths)

    def training(self, architecture: Architecture, length: int) -> int:
        """Return FLOP of forward and backward pass over one sequence."""
        exact = self._exact(architecture, length)
        return exact.training_full if self.full else exact.training_masked

    def forward(self, architecture: Architecture, length: int) -> int:
        """Return FLOP of a forward pass over one sequence."""
        exact = training_flop(architecture, length, documents=self.documents, lengths=dict(self.lengths))
        return exact.forward_full if self.full else exact.forward_masked

    def routed(self, architecture: Architecture, length: int) -> int:
        """Return FLOP of forward and backward pass that routed experts take of one sequence."""
        return self._exact(architecture, length).routed

    def recomputed(self, architecture: Architecture, length: int) -> int:
        """Return FLOP of activations computed a second time, over one sequence."""
        exact = self._exact(architecture, length)
        return exact.recompute_full if self.full else exact.recompute

    def _exact(self, architecture: Architecture, length: int) -> StageFlop:
        return training_flop(
            architecture, length, lora=self.lora, adapter=self.adapter, trainable=self.trainable,
            recompute=self.recompute, mtp=self.mtp, documents=self.documents, lengths=dict(self.lengths),
        )  # fmt: skip


def lengths_of(stage: Stage) -> tuple[tuple[str, int], ...]:
    """Return the lengths that a stage gives beside `seq_len`."""
    return tuple((name, value) for name in LENGTHS if (value := getattr(stage, name)) is not None)


def size_name(stage: Stage, role: str | None = None) -> str:
    """Return the dotted name of the table that holds a size: the stage's own, another model's, or the plan's."""
    if role is not None:
        return f"{stage.name}.{role}"
    own = stage.config is not None or stage.params is not None
    return stage.name if own else "model"


def by_parameters(flop: int, size: ModelSize, owner: str, quantities: Quantities) -> Term:
    """Return FLOP per parameter and token, and the parameters that work on one token."""
    active = quantities.factor(f"{owner}.{'params' if size.active is None else 'active'}")
    if isinstance(size, OtherModel) and size.unknown:
        active = replace(active, source=SOURCE.cite)
    return (constant("FLOP per parameter and token", flop, KAPLAN), active)


def training_pass(stage: Stage, quantities: Quantities) -> Term:
    """Return the factors of forward and backward FLOP per token, by the attention convention of the stage."""
    size = sized(stage, quantities.plan.model)
    if size.config is None:
        return by_parameters(TRAINING, size, size_name(stage), quantities)
    return (_per_token(stage, size.config, "training", Passes.of(stage, quantities.plan).training),)


def recompute_pass(stage: Stage, quantities: Quantities) -> Term:
    """Return the factors of recomputed FLOP per token: the ledger's, or one more forward pass (2 x active)."""
    size = sized(stage, quantities.plan.model)
    if size.config is None:
        return by_parameters(FORWARD, size, size_name(stage), quantities)
    return (_per_token(stage, size.config, "recomputed", Passes.of(stage, quantities.plan).recomputed),)


def routed_pass(stage: Stage, quantities: Quantities) -> Term:
    """Return the training FLOP per token of routed experts alone.

    Raises
    ------
    PlanError
        The model is given by its parameters, which do not tell experts from the rest.
    """
    size = sized(stage, quantities.plan.model)
    if size.config is None:
        message = f"stage `{stage.name}`: `capacity` needs a `config`, which says what the experts cost"
        raise PlanError(message, code="E321")
    return (_per_token(stage, size.config, "expert", Passes.of(stage, quantities.plan).routed),)


def forward_pass(size: ModelSize, owner: str, stage: Stage, quantities: Quantities) -> Term:
    """Return the factors of one forward pass per token of a teacher, reference policy or evaluated model."""
    if size.config is None:
        return by_parameters(FORWARD, size, owner, quantities)
    return (_per_token(stage, size.config, "forward", Passes.of_another(stage, size.config).forward),)


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
        passes, shape = Passes.of(stage, quantities.plan), size.config
        again = stage.seq_len.per_token(lambda length: passes.recomputed(shape, length))
        return again / stage.seq_len.per_token(lambda length: passes.training(shape, length))
    if size.config is None and stage.recompute == "full":
        return RECOMPUTE
    message = f"stage `{stage.name}` does not say how much of its machine's FLOP is recomputation"
    hint = "give `config`, `seq_len` and `recompute`, or the model utilization (MFU) and no `recompute`"
    raise UtilizationError(message, hint=hint)


def length_of(stage: Stage, what: str) -> Sequences:
    """Return the sequence lengths that an exact count needs.

    Raises
    ------
    PlanError
        The stage gives none (E317).
    """
    if stage.seq_len is None:
        message = f"stage `{stage.name}` counts `{what}` exactly, and attention depends on the length of a sequence"
        raise PlanError(message, code="E317", hint="give `seq_len`, such as 8192")
    return stage.seq_len


def _per_token(stage: Stage, architecture: Architecture, what: str, flop: Callable[[Architecture, int], int]) -> Factor:
    """Return FLOP per token from exact FLOP of sequences."""
    lengths = length_of(stage, "config")
    unit = architecture.unit
    ledger = f"exact ledger of `{architecture.name}` at {lengths} {unit}: see `flopline count`"
    value = lengths.per_token(lambda length: flop(architecture, length))
    return constant(f"{what} FLOP per {'token' if 'token' in unit else 'unit of length'}", value, ledger)

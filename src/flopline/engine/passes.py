"""FLOP of one pass over one token, for models given exactly or by their parameters.

With a `config` a pass is an exact integer per sequence; with `params` it is 2 x active (forward) or 6 x active
(forward and backward), as in Kaplan et al. 2020, arXiv:2001.08361, section 2.1, without an attention term.
"""

from __future__ import annotations

from fractions import Fraction
from typing import TYPE_CHECKING, Final

from flopline.architecture import Architecture, StageFlop, training_flop
from flopline.engine.quantities import Quantities, constant
from flopline.plan import ModelSize, Stage, sized

if TYPE_CHECKING:
    from flopline.engine.factors import Factor, Term

KAPLAN: Final = "Kaplan et al. 2020, arXiv:2001.08361, section 2.1"
ELEMENTWISE: Final = Fraction(8, 1000)
"""Upper end of what norms, softmax, rotary and activations add to the matrix products (0.3 to 0.8 %)."""


def size_name(stage: Stage, role: str | None = None) -> str:
    """Return the dotted name of the table that holds a size: the stage's own, another model's, or the plan's."""
    if role is not None:
        return f"{stage.name}.{role}"
    own = stage.config is not None or stage.params is not None
    return stage.name if own else "model"


def active_factor(size: ModelSize, owner: str, quantities: Quantities) -> Factor:
    """Return the parameters that work on one token."""
    return quantities.factor(f"{owner}.{'params' if size.active is None else 'active'}")


def exact_pass(architecture: Architecture, stage: Stage, mtp: bool | None) -> StageFlop:
    """Return the exact FLOP of one training sequence of a stage."""
    return training_flop(
        architecture,
        _length(stage),
        lora=None if stage.lora is None else stage.lora.model_dump(exclude_none=True),
        trainable=stage.trainable,
        recompute=stage.recompute,
        mtp=bool(mtp),
    )


def _length(stage: Stage) -> int:
    """Return the sequence length of a stage that is counted from a config."""
    return 1 if stage.seq_len is None else stage.seq_len


def per_token(flop: int, length: int, what: str, source: str = "architecture") -> Factor:
    """Return FLOP per token from exact FLOP per sequence."""
    return constant(what, Fraction(flop, length), source)


def training_pass(stage: Stage, quantities: Quantities) -> Term:
    """Return the factors of forward and backward FLOP per token, by the attention convention of the stage."""
    plan_model = quantities.plan.model
    size = sized(stage, plan_model)
    if size.config is None:
        return (
            constant("FLOP per parameter and token", 6, KAPLAN),
            active_factor(size, size_name(stage), quantities),
        )
    exact = exact_pass(size.config, stage, stage.mtp if stage.mtp is not None else plan_model.mtp)
    flop = exact.training_full if stage.attention == "full" else exact.training_masked
    return (per_token(flop, _length(stage), "training FLOP per token"),)


def recompute_pass(stage: Stage, quantities: Quantities) -> Term:
    """Return the factors of recomputed FLOP per token: the ledger's, or one more forward pass (2 x active)."""
    size = sized(stage, quantities.plan.model)
    if size.config is None:
        return (
            constant("FLOP per parameter and token", 2, KAPLAN),
            active_factor(size, size_name(stage), quantities),
        )
    exact = exact_pass(size.config, stage, stage.mtp)
    return (per_token(exact.recompute, _length(stage), "recomputed FLOP per token"),)


def forward_pass(size: ModelSize, owner: str, stage: Stage, quantities: Quantities) -> Term:
    """Return the factors of one forward pass per token of a scoring, teacher or evaluated model."""
    if size.config is None:
        return (constant("FLOP per parameter and token", 2, KAPLAN), active_factor(size, owner, quantities))
    exact = training_flop(size.config, _length(stage))
    flop = exact.forward_full if stage.attention == "full" else exact.forward_masked
    return (per_token(flop, _length(stage), "forward FLOP per token"),)

"""Compute that a stage inherits from the model it starts from; each ancestor run counts once."""

from __future__ import annotations

from fractions import Fraction
from typing import TYPE_CHECKING

from flopline.architecture import training_flop
from flopline.engine.factors import Entry, Term
from flopline.engine.passes import TRAINING, by_parameters
from flopline.engine.quantities import Quantities, constant
from flopline.errors import PlanError
from flopline.regimes import Attributes

if TYPE_CHECKING:
    from collections.abc import Iterator

    from flopline.plan import Base, Stage


def base_entries(stages: tuple[Stage, ...], quantities: Quantities) -> Iterator[Entry]:
    """Yield one entry per distinct base whose training compute the plan gives.

    Raises
    ------
    PlanError
        Two stages say different things of one base (E334), or a base has tokens and no size (E316).
    """
    first: dict[str, Entry] = {}
    for stage in stages:
        base = stage.base
        if base is None or not gives_compute(base):
            continue
        given = base.flop is not None
        formula = "training compute of the base, as given" if given else "tokens x training FLOP per token"
        entry = Entry(stage.name, _attributes(base), "base", (_term(stage, base, quantities),), formula)
        other = first.setdefault(base.name, entry)
        if _statement(other) != _statement(entry):
            message = f"stages `{other.stage}` and `{stage.name}` say different things of one base, `{base.name}`"
            raise PlanError(message, code="E334", hint="it is counted once: say it once, or give the bases two names")
    yield from first.values()


def _statement(entry: Entry) -> tuple[object, ...]:
    """Return what an entry says of its base, whichever stage says it."""
    return (entry.attributes, *((factor.amount, factor.exponent) for term in entry.terms for factor in term))


def gives_compute(base: Base) -> bool:
    """Return whether a plan says what the training of a base took."""
    return base.flop is not None or base.tokens is not None


def _attributes(base: Base) -> Attributes:
    own = base.developer == "own"
    activity = "merged-parents" if base.merged else "own-base" if own else "other-developer-base"
    return Attributes(
        activity=activity,
        actor="own" if own else "other",
        relation="ancestor",
        fate="kept",
        public="unknown",
        phase="before",
    )


def _term(stage: Stage, base: Base, quantities: Quantities) -> Term:
    name = f"{stage.name}.base"
    if base.flop is not None:
        return (quantities.factor(f"{name}.flop"),)
    tokens = quantities.factor(f"{name}.tokens")
    if base.config is not None and base.seq_len is not None:
        flop = training_flop(base.config, base.seq_len).training_masked
        return (tokens, constant("training FLOP per token", Fraction(flop, base.seq_len), "architecture"))
    if base.params is not None:
        return (tokens, *by_parameters(TRAINING, base, name, quantities))
    message = f"the base of stage `{stage.name}` gives `tokens`, but not what they pass through"
    raise PlanError(message, code="E316", hint="give its `params`, or `config` and `seq_len`, or its `flop`")

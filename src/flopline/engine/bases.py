"""Compute that a plan inherits from the models it starts from; each ancestor run counts once."""

from __future__ import annotations

from fractions import Fraction
from typing import TYPE_CHECKING

from flopline.architecture import training_flop
from flopline.engine.events import any_of
from flopline.engine.factors import Entry, Term
from flopline.engine.passes import TRAINING, by_parameters
from flopline.engine.quantities import Quantities, constant
from flopline.errors import PlanError
from flopline.plan import NamedBase, ancestors_of, happening, is_own, lineage_of, parents
from flopline.plan.amounts import UNKNOWN
from flopline.regimes import Attributes

if TYPE_CHECKING:
    from collections.abc import Iterator

    from flopline.plan import Ancestor, Base, Plan, Stage


def base_entries(plan: Plan, quantities: Quantities) -> Iterator[Entry]:
    """Yield one entry per distinct run that a plan rests on and whose training compute is known.

    The lineage is a graph: the union of its runs is counted, each without those that it started from.

    Raises
    ------
    PlanError
        A base has tokens and no size (E316).
    """
    for ancestor in lineage_of(plan):
        base = ancestor.base
        if gives_compute(base):
            formula = "tokens x training FLOP per token" if given(base) is None else "training compute, as given"
            term = _term(ancestor, quantities)
            terms = tuple(term + case for case in _leading(base.name, plan))
            attributes = _attributes(ancestor, plan)
            yield Entry(ancestor.stage, attributes, "base", terms, f"{formula}, of `{base.name}`", run=base.name)


def _leading(name: str, plan: Plan) -> Iterator[Term]:
    """Yield products, one of which is one where a stage runs that leads to a base: it counts only then."""
    stages = [stage for stage in plan.stage if name in _behind(stage)]
    found = dict.fromkeys(happening(stage, plan) for stage in stages)
    events = [one for one in found if one is not None]
    if len(events) < len(found):
        yield ()  # one of them surely runs
    else:
        yield from any_of(events)


def _behind(stage: Stage) -> set[str]:
    """Return the names of all runs that a stage rests on."""
    return {name for parent in parents(stage, stage.name) for name in (parent.base.name, *ancestors_of(parent.base))}


def given(base: Base) -> object | None:
    """Return the training compute that a plan gives for a base as such; None where it is to be counted, or unknown."""
    return None if base.flop == UNKNOWN else base.flop


def gives_compute(base: Base) -> bool:
    """Return whether a plan says what the training of a base took."""
    return given(base) is not None or (base.tokens is not None and base.flop is None)


def _attributes(ancestor: Ancestor, plan: Plan) -> Attributes:
    own = is_own(ancestor.base, plan.developer)
    activity = "merged-parents" if ancestor.merged else "own-base" if own else "other-developer-base"
    return Attributes(
        activity=activity,
        actor="own" if own else "other",
        relation="ancestor",
        fate="kept",
        public="unknown",
        phase="before",
    )


def _term(ancestor: Ancestor, quantities: Quantities) -> Term:
    base, name = ancestor.base, ancestor.at
    source = base.source if isinstance(base, NamedBase) else "plan"
    if given(base) is not None:
        return (quantities.factor(f"{name}.flop", source=source),)
    tokens = quantities.factor(f"{name}.tokens", source=source)
    if base.config is not None and base.seq_len is not None:
        flop = training_flop(base.config, base.seq_len).training_masked
        return (tokens, constant("training FLOP per token", Fraction(flop, base.seq_len), "architecture"))
    if base.params is not None:
        return (tokens, *by_parameters(TRAINING, base, name, quantities))
    message = f"the base `{base.name}` gives `tokens`, but not what they pass through"
    raise PlanError(message, code="E316", hint="give its `params`, or `config` and `seq_len`, or its `flop`")

"""Compute that a stage inherits from the model it starts from; each ancestor run counts once (rule 6)."""

from __future__ import annotations

from fractions import Fraction
from typing import TYPE_CHECKING

from flopline.architecture import training_flop
from flopline.engine.factors import Entry, Term
from flopline.engine.passes import KAPLAN, active_factor
from flopline.engine.quantities import Quantities, constant
from flopline.regimes import Attributes

if TYPE_CHECKING:
    from collections.abc import Iterator

    from flopline.plan import Base, Stage


def base_entries(stages: tuple[Stage, ...], quantities: Quantities) -> Iterator[Entry]:
    """Yield one entry per distinct base whose training compute the plan gives."""
    seen: set[str] = set()
    for stage in stages:
        base = stage.base
        if base is None or base.name in seen:
            continue
        seen.add(base.name)
        term = _term(stage, base, quantities)
        if term is not None:
            formula = "training compute of the base, as given" if base.flop else "tokens x training FLOP per token"
            yield Entry(stage.name, _attributes(stage, base), "base", (term,), formula)


def _attributes(stage: Stage, base: Base) -> Attributes:
    own = base.developer == "own"
    activity = "merged-parents" if base.merged else "own-base" if own else "other-developer-base"
    return Attributes(
        activity=activity,
        actor="own" if own else "other",
        relation="ancestor",
        fate="kept",
        public="unknown",
        phase=stage.phase,
    )


def _term(stage: Stage, base: Base, quantities: Quantities) -> Term | None:
    name = f"{stage.name}.base"
    if base.flop is not None:
        return (quantities.factor(f"{name}.flop"),)
    if base.tokens is None:
        return None
    tokens = quantities.factor(f"{name}.tokens")
    if base.config is not None and base.seq_len is not None:
        flop = training_flop(base.config, base.seq_len).training_masked
        return (tokens, constant("training FLOP per token", Fraction(flop, base.seq_len), "architecture"))
    if base.params is None:
        return None
    return (
        tokens,
        constant("FLOP per parameter and token", 6, KAPLAN),
        active_factor(base, name, quantities),
    )

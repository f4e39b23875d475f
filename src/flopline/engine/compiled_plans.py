"""A frozen plan keeps its compiled arrays for as long as it lives."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from flopline.engine.again import Total
from flopline.engine.compile import Compiled, compile_plan
from flopline.engine.execution import Execution, Memory, by_size

if TYPE_CHECKING:
    from flopline.plan import LoadedPlan

_KEPT: Final = "_compiled"
_MEMORY: Final = "_memory"
_ASKED: Final = "_asked"
_TOTAL: Final = "_total"


def compiled(loaded: LoadedPlan) -> Compiled:
    """Return the arrays of a plan, compiled at the first question."""
    kept = loaded.__dict__.get(_KEPT)
    if isinstance(kept, Compiled):
        return kept
    fresh = compile_plan(loaded)
    # The plan is frozen and its arrays follow from it alone: keeping them changes no answer.
    loaded.__dict__[_KEPT] = fresh
    return fresh


def execution_of(loaded: LoadedPlan, asked: Execution) -> Execution:
    """Return the execution of a question that may be one of thousands: compiled from the second about a plan on."""
    if asked != "auto":
        return asked
    again = loaded.__dict__.get(_ASKED, False)
    loaded.__dict__[_ASKED] = True
    return "compiled" if again else by_size(compiled(loaded).problem)


def memory(loaded: LoadedPlan) -> Memory:
    """Return what the answers about a plan share, for as long as it lives."""
    kept = loaded.__dict__.get(_MEMORY)
    if isinstance(kept, Memory):
        return kept
    fresh: Memory = loaded.__dict__.setdefault(_MEMORY, Memory(compiled(loaded).problem))
    return fresh


def known_total(loaded: LoadedPlan) -> Total | None:
    """Return the total of a plan that has been asked for before."""
    kept = loaded.__dict__.get(_TOTAL)
    return kept if isinstance(kept, Total) else None


def total_of(loaded: LoadedPlan) -> Total:
    """Return the total of a plan, made ready at the first question."""
    kept = known_total(loaded)
    if kept is not None:
        return kept
    fresh: Total = loaded.__dict__.setdefault(_TOTAL, Total.of(compiled(loaded), memory(loaded)))
    return fresh

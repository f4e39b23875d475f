"""A frozen plan keeps its compiled arrays for as long as it lives."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from flopline.engine.compile import Compiled, compile_plan

if TYPE_CHECKING:
    from flopline.plan import LoadedPlan

_KEPT: Final = "_compiled"


def compiled(loaded: LoadedPlan) -> Compiled:
    """Return the arrays of a plan, compiled at the first question."""
    kept = loaded.__dict__.get(_KEPT)
    if isinstance(kept, Compiled):
        return kept
    fresh = compile_plan(loaded)
    # The plan is frozen and its arrays follow from it alone: keeping them changes no answer.
    loaded.__dict__[_KEPT] = fresh
    return fresh

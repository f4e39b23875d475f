"""How far a stage is: which of its amounts tells, and how much of it is done."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from flopline.distributions import Fixed
from flopline.plan.routes import counted, generated, several, timed

if TYPE_CHECKING:
    from flopline.plan.model import Stage

TIME: Final = ("chip_hours", "days", "hours")
_COUNTED: Final = ("tokens", "samples")


def growing_key(stage: Stage) -> str | None:
    """Return the key of the amount that a stage's FLOP grow with; None where they are several, or given as such."""
    if stage.flop is not None or generated(stage) or several(stage):
        return None
    if timed(stage) and (not counted(stage) or stage.relation == "time-bound"):
        return _given(stage, TIME)
    return _given(stage, _COUNTED)


def _given(stage: Stage, keys: tuple[str, ...]) -> str | None:
    return next((key for key in keys if getattr(stage, key) is not None), None)


def progress(stage: Stage) -> dict[str, float]:
    """Return how much of each amount of a stage is done."""
    seen = stage.observed
    if seen is None:
        return {}
    given = stage.flop is not None and isinstance(seen.flop, Fixed)
    return {**seen.done, **({"flop": seen.flop.value} if given and isinstance(seen.flop, Fixed) else {})}


def progress_key(stage: Stage) -> str | None:
    """Return the key of the amount that tells how far a stage is; None where nothing was observed that does."""
    known, grown = progress(stage), growing_key(stage)
    return grown if grown in known else next(iter(known), None)

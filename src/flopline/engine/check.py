"""Whether a plan can be answered, short of answering it."""

from __future__ import annotations

from typing import TYPE_CHECKING

from flopline.engine.cautions import cautions
from flopline.engine.compile import compile_plan

if TYPE_CHECKING:
    from flopline.errors import Diagnostic
    from flopline.plan import LoadedPlan


def check(loaded: LoadedPlan) -> tuple[Diagnostic, ...]:
    """Return the warnings of a plan that loads and compiles; what it cannot do raises."""
    return cautions(loaded, compile_plan(loaded))

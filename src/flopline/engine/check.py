"""Whether a plan can be answered, short of answering it."""

from __future__ import annotations

from datetime import date
from typing import TYPE_CHECKING

from flopline.engine.asking import Asked
from flopline.engine.cautions import cautions
from flopline.engine.implications import derived_results
from flopline.engine.resources import idle_keys

if TYPE_CHECKING:
    from flopline.errors import Diagnostic
    from flopline.plan import LoadedPlan


def check(loaded: LoadedPlan) -> tuple[Diagnostic, ...]:
    """Return the warnings of a plan that can be answered.

    Raises
    ------
    FloplineError
        What the plan asks for cannot be counted, or its machine cannot have done it.
    """
    asked = Asked.of(loaded, loaded.plan.day or date.today())  # the user's own calendar
    remarks = derived_results(loaded, asked.compiled, asked.amounts, asked.level)[1]
    return tuple(dict.fromkeys([*cautions(loaded, asked.compiled), *remarks, *idle_keys(loaded, asked.compiled)]))

"""Days of a run and of each type of chip, as forms ask for them."""

from __future__ import annotations

from datetime import date
from typing import TYPE_CHECKING

import numpy as np

from flopline.engine.compile import assemble
from flopline.engine.crossing_days import schedule
from flopline.engine.events import running, unconditioned
from flopline.engine.expand import Expansion
from flopline.engine.factors import Derived, inverse
from flopline.engine.joint import joint_draws
from flopline.engine.learning import quantities_of
from flopline.engine.quantities import constant
from flopline.engine.resources import amounts_of, chip_hours
from flopline.engine.results import Amount
from flopline.engine.stage_lengths import lengths_of, schedule_rows, stage_days, under_way
from flopline.errors import PlanError

if TYPE_CHECKING:
    from flopline.engine.asking import Asked
    from flopline.engine.factors import Term


def wall_clock(asked: Asked) -> tuple[Amount | None, str]:
    """Return the days from the first to the last of a run; None with the reason where nobody can tell."""
    loaded, compiled = asked.loaded, asked.compiled
    try:
        lengths = lengths_of(loaded, compiled.entries)
    except PlanError as error:
        return None, error.message
    derived = schedule_rows(loaded, lengths)
    arrays = assemble(Expansion((), derived), loaded)
    values = joint_draws(arrays.problem, asked.seed).reshape(len(arrays.owner), -1)
    found = {(one.stage, one.name): values[arrays.derived_rows(index)].sum(axis=0) for index, one in enumerate(derived)}
    days, pauses = stage_days(lengths, found)
    start = loaded.plan.start
    seen = {} if start is None else under_way(loaded, start, days, found)
    times = schedule(loaded.plan, start or date(2000, 1, 1), days, pauses, seen)
    span = times.end.max(axis=0) - times.begin.min(axis=0)
    low, middle, high = (float(np.quantile(span, at)) for at in ((1 - asked.level) / 2, 0.5, (1 + asked.level) / 2))
    return Amount(middle, low, high, asked.level, "days"), "from the first day of the first stage to the last of all"


def hardware_days(asked: Asked) -> dict[str, Amount]:
    """Return the days of each type of chip, by its id."""
    quantities = quantities_of(asked.loaded)
    per_day = inverse((constant("hours per day", 24, "definition"),))
    terms: dict[str, tuple[Term, ...]] = {}
    for stage in asked.loaded.plan.stage:
        kept = tuple(
            term
            for entry in asked.compiled.entries
            if entry.stage == stage.name and entry.run is None and entry.attributes.fate == "kept"
            if entry.accompanies is None
            for term in entry.terms
        )
        if stage.flop is not None:
            continue
        runs = running(stage, asked.loaded.plan)
        for machine, _, hours in chip_hours(stage, unconditioned(kept, stage, asked.loaded.plan), quantities):
            name = machine.hardware.id if machine.hardware is not None else "a chip given by its peak"
            terms[name] = (*terms.get(name, ()), *(term + per_day + runs for term in hours))
    if not terms:
        return {}
    derived = [Derived("", name, "days", products) for name, products in terms.items()]
    return dict(zip(terms, amounts_of(asked, derived), strict=True))

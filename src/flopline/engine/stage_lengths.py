"""How long each stage takes, in days: given, or what its machine needs for its tokens."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final, NamedTuple

import numpy as np

from flopline.engine.crossing_days import UnderWay
from flopline.engine.events import running
from flopline.engine.factors import Derived, Term, inverse
from flopline.engine.learning import quantities_of
from flopline.engine.machines import groups, used
from flopline.engine.quantities import Quantities, constant
from flopline.engine.resources import derived_of
from flopline.errors import PlanError
from flopline.plan.under_way import progress, progress_key

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence
    from datetime import date

    from flopline.engine.factors import Entry
    from flopline.kernels.records import Floats
    from flopline.plan import LoadedPlan, Machine, Stage

DAY: Final = constant("hours per day", 24, "definition")


PROGRESS: Final = "observed"
"""Name of the row that holds the whole of what is partly done."""


class Length(NamedTuple):
    """The parts of a stage that follow one another; in each part the longest of its groups counts.

    Attributes
    ----------
    parts : tuple of tuple of Term tuples
        Sums of products, in days.
    """

    parts: tuple[tuple[tuple[Term, ...], ...], ...]


def lengths_of(loaded: LoadedPlan, entries: Sequence[Entry]) -> dict[str, Length]:
    """Return the length of every stage.

    Raises
    ------
    PlanError
        Nobody can tell how long a stage takes (E347), or which of its periods work side by side (E348).
    """
    quantities = quantities_of(loaded)
    machine = {one.stage: one.terms for one in derived_of(loaded, entries) if one.name == "duration"}
    return {
        stage.name: _where_it_runs(
            _length(index, stage, machine.get(stage.name, ()), quantities, loaded), stage, loaded
        )
        for index, stage in enumerate(loaded.plan.stage)
    }


def _where_it_runs(length: Length, stage: Stage, loaded: LoadedPlan) -> Length:
    """Return the days of a stage that may not happen: none where it does not."""
    runs = running(stage, loaded.plan)
    return Length(tuple(tuple(tuple(term + runs for term in group) for group in part) for part in length.parts))


def _length(index: int, stage: Stage, machine: tuple[Term, ...], quantities: Quantities, loaded: LoadedPlan) -> Length:
    if stage.duration is not None:
        return Length((((_single(quantities, f"{stage.name}.duration"),),),))
    if stage.period:
        return Length(tuple(_periods(index, stage, quantities, loaded)))
    if stage.either:
        each = enumerate(groups(stage))
        terms = (_period(machine, name, quantities) + used(stage, place) for place, (machine, name) in each)
        return Length(((tuple(terms),),))
    if stage.days is not None:
        return Length((((_single(quantities, f"{stage.name}.days"),),),))
    if stage.hours is not None:
        return Length(((((quantities.factor(f"{stage.name}.hours"), *inverse((DAY,))),),),))
    if machine:
        return Length(((machine,),))
    message = f"nobody can tell how long stage `{stage.name}` takes"
    hint = 'give its `duration`, such as "20..30" days, or `hardware` and `chips` for what its tokens need'
    raise PlanError(message, code="E347", hint=hint, place=loaded.document.place(("stage", index, "name")))


def _single(quantities: Quantities, name: str) -> Term:
    return (quantities.factor(name),)


def _periods(
    index: int, stage: Stage, quantities: Quantities, loaded: LoadedPlan
) -> Iterator[tuple[tuple[Term, ...], ...]]:
    """Yield the parts of a stage that follow one another, each a list of groups that work side by side."""
    part: list[tuple[Term, ...]] = []
    for number, period in enumerate(stage.period):
        if number and period.beside is None:
            message = f"nobody says whether period {number + 1} of stage `{stage.name}` works beside the one before it"
            hint = "write beside = true, or beside = false where it follows it"
            place = loaded.document.place(("stage", index, "period", number))
            raise PlanError(message, code="E348", hint=hint, place=place)
        if number and not period.beside:
            yield tuple(part)
            part = []
        part.append((_period(period, f"{stage.name}.period[{number}]", quantities),))
    yield tuple(part)


def _period(period: Machine, name: str, quantities: Quantities) -> Term:
    if period.days is not None:
        return _single(quantities, f"{name}.days")
    if period.hours is not None:
        return (quantities.factor(f"{name}.hours"), *inverse((DAY,)))
    chips = () if period.chips is None else (quantities.factor(f"{name}.chips"),)
    return (quantities.factor(f"{name}.chip_hours"), *inverse((*chips, DAY)))


def schedule_rows(loaded: LoadedPlan, lengths: dict[str, Length]) -> tuple[Derived, ...]:
    """Return the derived quantities that a schedule needs: lengths by part and group, pauses, tokens."""
    quantities = quantities_of(loaded)
    found: list[Derived] = []
    for name, length in lengths.items():
        for part, beside in enumerate(length.parts):
            found += (Derived(name, f"length {part} {group}", "days", terms) for group, terms in enumerate(beside))
    for stage in loaded.plan.stage:
        if stage.pause is not None:
            pause = _single(quantities, f"{stage.name}.pause") + running(stage, loaded.plan)
            found.append(Derived(stage.name, "pause", "days", (pause,)))
        if stage.observed is not None and (key := progress_key(stage)) is not None:
            found.append(Derived(stage.name, PROGRESS, key, (_single(quantities, f"{stage.name}.{key}"),)))
        if stage.tokens is not None:
            found.append(Derived(stage.name, "tokens", "tokens", (_single(quantities, f"{stage.name}.tokens"),)))
    return tuple(found)


def under_way(
    loaded: LoadedPlan, start: date, days: Mapping[str, Floats], drawn: Mapping[tuple[str, str], Floats]
) -> dict[str, UnderWay]:
    """Return where the stages of a plan were found on the days that they were observed.

    Parameters
    ----------
    days : mapping
        What each stage takes in all.
    drawn : mapping
        Values of `schedule_rows`, by stage and name.
    """
    found: dict[str, UnderWay] = {}
    for stage in loaded.plan.stage:
        seen, key = stage.observed, progress_key(stage)
        if seen is None or seen.day is None or key is None:
            continue
        done = progress(stage)[key] / drawn[stage.name, PROGRESS]
        whole = days[stage.name]
        # Days that are done are subtracted; of a length that follows from tokens, the share that is not done is left.
        days_in = {"days": 1.0, "duration": 1.0, "hours": 1 / 24}
        spent = next((seen.done[name] * unit for name, unit in days_in.items() if name in seen.done), None)
        left = whole * (1.0 - done) if spent is None else np.maximum(whole - spent, 0.0)
        found[stage.name] = UnderWay(float((seen.day - start).days), done, left)
    return found


def stage_days(
    lengths: Mapping[str, Length], drawn: Mapping[tuple[str, str], Floats]
) -> tuple[dict[str, Floats], dict[str, Floats]]:
    """Return the days of each stage, and of the pauses before some, in each draw.

    Parameters
    ----------
    drawn : mapping
        Values of `schedule_rows`, by stage and name.
    """
    days = {
        name: np.sum(
            [
                np.max([drawn[name, f"length {part} {group}"] for group in range(len(groups))], axis=0)
                for part, groups in enumerate(length.parts)
            ],
            axis=0,
        )
        for name, length in lengths.items()
    }
    return days, {stage: value for (stage, what), value in drawn.items() if what == "pause"}

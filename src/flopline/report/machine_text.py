"""What the machines of a plan take, on a screen: chip-hours, days, energy and cost, with intervals and basis."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from flopline import quantity
from flopline.report.columns import columns
from flopline.report.prose import wrapped

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from flopline.engine.results import Amount, DerivedResult, Estimate

COLUMNS: Final = {"chip_hours": "chip-hours", "duration": "days", "energy": "energy", "cost": "cost"}
"""The derived quantities that this block shows, with their headings."""


def machine_lines(estimate: Estimate, *, verbose: bool = False) -> list[str]:
    """Return one row for each stage with a machine, one for all of several, and what the figures rest on."""
    rows = [
        (stage.name, found)
        for stage in estimate.stages
        if (found := {one.name: one for one in stage.derived if one.name in COLUMNS})
    ]
    if not rows:
        return []
    if len(rows) > 1:
        rows.append(("all", {one.name: one for one in estimate.resources}))
    shown = [name for name in COLUMNS if any(name in found for _, found in rows)]
    table = [("machine", *(COLUMNS[name] for name in shown))]
    table += [(stage, *(_cell(found.get(name)) for name in shown)) for stage, found in rows]
    return [*columns(table), *_basis(estimate, verbose=verbose)]


def _cell(one: DerivedResult | None) -> str:
    return "" if one is None else _AMOUNTS[one.name](one.amount)


def _counted(amount: Amount) -> str:
    return _with_interval(amount, quantity.counted(amount.median), quantity.counted)


def _energy(amount: Amount) -> str:
    return _with_interval(
        amount, quantity.energy(amount.median), lambda value: quantity.energy(value, like=amount.median)
    )


def _money(amount: Amount) -> str:
    return _with_interval(
        amount, quantity.money(amount.median), lambda value: quantity.money(value).removesuffix(" USD")
    )


_AMOUNTS: Final = {"chip_hours": _counted, "duration": _counted, "energy": _energy, "cost": _money}


def _with_interval(amount: Amount, middle: str, show: Callable[[float], str]) -> str:
    return middle if amount.low == amount.high else f"{middle} ({show(amount.low)} .. {show(amount.high)})"


def _basis(estimate: Estimate, *, verbose: bool) -> Iterator[str]:
    """Yield what energy and cost rest on, once where stages agree; their sources if asked."""
    found = [one for stage in estimate.stages for one in stage.derived if one.name in ("energy", "cost")]
    if any(one.amount.low < one.amount.high for stage in estimate.stages for one in stage.derived):
        yield f"    in brackets {100 * estimate.level:g} % intervals"
    for name in ("energy", "cost"):
        remarks = [one.remark.split("; ") for one in found if one.name == name and one.remark is not None]
        # From the end, so that what all of them end with stays at the end.
        said = list(dict.fromkeys(part for remark in reversed(remarks) for part in reversed(remark)))
        if said:
            yield from wrapped(f"{name}: {'; '.join(reversed(said))}", indent=4)
    for one in estimate.resources:
        if one.remark is not None:
            yield from wrapped(f"all: {COLUMNS[one.name]} {one.remark}", indent=4)
    if verbose:
        for cite in dict.fromkeys(cite for one in found for cite in one.sources):
            yield from wrapped(f"source: {cite}", indent=4)

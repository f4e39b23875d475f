"""The page of headroom: the largest value of each input, and what is left to each line."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from flopline import quantity
from flopline.quantity import Dimension
from flopline.report.columns import columns, printable
from flopline.report.page import labelled, page
from flopline.report.prose import wrapped

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    from flopline.engine.headroom_results import Headroom, Left, LineHeadroom, Room

_FIGURES: Final = 3
_IN_FULL: Final = 1e6
"""Whole numbers below this are printed with all of their digits."""
_SMALL: Final = 1e-5
_WHOLE: Final = (Dimension.COUNT, Dimension.LENGTH)
_SAID: Final = {"always": "any value", "never": "no value", "irrelevant": "does not matter", "refused": "no answer"}
_UNITS: Final = {"tokens": "tokens", "prompts": "prompts", "tokens_generated": "generated tokens"}


def headroom_text(found: Headroom) -> str:
    """Return the page: a table for each line, then what is left to every line."""
    below = quantity.share(found.below)
    blocks = [[f"{printable(found.title)}   (law of {found.law_day}, {found.reading} reading)"]]
    for lines in _alike(found.lines):
        blocks += _line(lines, below)
    blocks += [_left(found.left, below), _foot()]
    return page(blocks)


def _alike(lines: Iterable[LineHeadroom]) -> list[list[LineHeadroom]]:
    """Return lines together that ask the same of the plan."""
    groups: list[list[LineHeadroom]] = []
    for line in lines:
        for group in groups:
            if (group[0].flop, group[0].rooms) == (line.flop, line.rooms):
                group.append(line)
                break
        else:
            groups.append([line])
    return groups


def _line(lines: list[LineHeadroom], below: str) -> Iterator[list[str]]:
    first = lines[0]
    amount = "" if first.flop is None else f"   {quantity.exact(first.flop)} FLOP"
    now = f"{quantity.percent(first.probability)} now, at most {below} wanted"
    yield [*wrapped(f"{', '.join(line.id for line in lines)}{amount}: {now}", indent=2, hanging=4)]
    rooms = [room for room in first.rooms if room.status == "value"]
    if rooms:
        head = ("largest value", "", "planned (median)", "ratio", "P there", "numerical error", "evaluations")
        rows = [row for room in rooms for row in _rows(room)]
        yield columns([head, *rows], right=(1, 2, 3, 4))
    remarks = [(room.name, f"{room.reason}") for room in rooms if room.reason]
    others = [(room.name, _other(room)) for room in first.rooms if room.status != "value"]
    yield labelled([*remarks, *others])


def _rows(room: Room) -> Iterator[tuple[str, ...]]:
    """Yield a row for each quantity that moves; P and its error stand in the first."""
    tail = (quantity.percent(room.probability or 0.0), _numerical(room.error or 0.0), str(room.evaluations))
    for name, value in room.values.items():
        unit, median = room.units[name], room.medians[name]
        yield (
            name, amount(value, unit, down=True), amount(median, unit), quantity.significant(room.ratios[name]), *tail,
        )  # fmt: skip
        tail = ("", "", "")


def _numerical(error: float) -> str:
    if error == 0:
        return "none"
    return f"{'below 0.001' if error < _SMALL else quantity.significant(100 * error, 1)} points"


def _other(room: Room) -> str:
    chance = "" if room.probability is None else f" (P {quantity.percent(room.probability)})"
    return f"{_SAID[room.status]}: {room.reason}{chance}"


def amount(value: float, unit: Dimension, *, down: bool = False) -> str:
    """Return an amount with its unit; cut and not rounded where it is a limit."""
    if unit in _WHOLE and value < _IN_FULL:
        return f"{round(value)}"
    shown = float(quantity.rounded_down(value, _FIGURES)) if down else value
    if unit is Dimension.FLOP:
        return quantity.flop(shown)
    if unit is Dimension.SHARE:
        return quantity.share(shown)
    if unit is Dimension.RATE:
        return f"{quantity.scientific(shown)} FLOP/s"
    if unit in (Dimension.DAYS, Dimension.HOURS):
        return f"{quantity.counted(shown)} {unit.value}"
    return quantity.significant(shown) if unit is Dimension.FACTOR else quantity.counted(shown)


def _left(left: Iterable[Left], below: str) -> list[str]:
    groups: dict[str, list[str]] = {}
    for one in left:
        groups.setdefault("; ".join(_told(one)), []).append(one.line)
    if not groups:
        return []
    rows = [
        (line, text if place == 0 else "as above") for text, names in groups.items() for place, line in enumerate(names)
    ]
    head = wrapped(f"left at {below}, each alone: the largest that keeps P there, less what is planned", indent=2)
    return [*head, *labelled(rows, indent=4)]


def _told(left: Left) -> Iterator[str]:
    # Cut downwards: less is left, or more has to go, than a limit allows, never the reverse.
    flop = float(quantity.rounded_down(left.flop, _FIGURES))
    yield f"{quantity.flop(abs(flop))}{'' if left.flop >= 0 else ' too many'}"
    for name, more in left.inputs.items():
        stage, _, key = name.rpartition(".")
        if more is not None:
            size = quantity.counted(float(abs(quantity.rounded_down(more, _FIGURES))))
            yield f"{stage}: {size} {'more' if more >= 0 else 'fewer'} {_UNITS[key]}"
        elif left.status[name] == "never":
            yield f"{stage}: no number of {_UNITS[key]} is small enough"


def _foot() -> list[str]:
    text = "Each value replaces its input alone; everything else stays as uncertain as it is. This is not legal advice."
    return wrapped(text, indent=2, hanging=2)

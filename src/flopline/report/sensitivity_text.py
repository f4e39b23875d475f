"""What moves the answer, as a table: P at each input's ends, and what knowing it would settle."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from flopline import quantity
from flopline.report.columns import columns
from flopline.report.prose import wrapped

if TYPE_CHECKING:
    from flopline.engine.sensitivity import Influence, Sensitivity

_BAR: Final = 20
"""Characters between P = 0 and P = 1."""


def sensitivity_lines(found: Sensitivity) -> list[str]:
    """Return the section of `flopline explain --sensitivity`."""
    head = ("input", "5 % .. 95 % point", "P there", "", "settles", "variance left")
    cells = [
        (
            one.name, _range(one), f"{_percent(one.at_low)} .. {_percent(one.at_high)}", _bar(one, found.probability),
            _percent(one.settles), _percent(one.remaining),
        )
        for one in found.inputs
    ]  # fmt: skip
    best = found.inputs[0]
    if best.settles > 0.0:
        said = (
            f"Which measurement would settle the question: `{best.name}`. Once it is known, P is below 5 % or above "
            f"95 % with probability {_percent(best.settles)}."
        )
    else:
        said = f"No single measurement would settle the question; `{best.name}` leaves least of it open."
    return [
        f"  what moves P of {found.line} ({found.reading} reading, {_percent(found.probability)} now)",
        *columns([head, *cells]),
        *wrapped(said, indent=4),
        *wrapped(
            "P there: with the input known to be at that point; what is correlated with it moves along. settles: the "
            "probability that knowing it exactly brings P below 5 % or above 95 %. variance left: of crossed or not, "
            "on average.",
            indent=4,
        ),
    ]


def _range(one: Influence) -> str:
    if one.low == one.high:
        return f"{_percent(one.low)} for the first case"
    return f"{quantity.significant(one.low)} .. {quantity.significant(one.high)}"


def _percent(p: float) -> str:
    return f"{100 * p:.3g} %" if 0.001 <= p <= 0.999 or p in (0.0, 1.0) else ("<0.1 %" if p < 0.5 else ">99.9 %")


def _bar(one: Influence, now: float) -> str:
    """Return where P moves between 0 and 1, today's marked."""
    low, high = sorted((one.at_low, one.at_high))
    marks = [
        "|" if place == round(now * _BAR) else "=" if round(low * _BAR) <= place <= round(high * _BAR) else "."
        for place in range(_BAR + 1)
    ]
    return "".join(marks)

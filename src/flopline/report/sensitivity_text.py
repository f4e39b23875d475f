"""What moves the answer: P at each input's ends as a tornado, and what knowing each input would settle and explain."""

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
    ends = [
        (
            one.name, _range(one), quantity.percent(one.at_low), _bar(one, found.probability),
            quantity.percent(one.at_high),
        )
        for one in found.inputs
    ]  # fmt: skip
    worth = [
        (
            one.name, quantity.percent(one.settles), quantity.whole_percent(one.remaining),
            quantity.whole_percent(one.first_order), quantity.whole_percent(one.total),
            f"{100 * one.effect:+.1f} points",
        )
        for one in found.inputs
    ]  # fmt: skip
    head = ("if it were known", "settles", "variance left", "first-order", "total", "10 % more")
    return [
        f"  what moves P of {found.line} ({found.reading} reading, {quantity.percent(found.probability)} now)",
        *columns([("input", "5 % .. 95 % point", "P there", _scale(), ""), *ends], right=(2, 4), indent=4, gap=2),
        "",
        *columns([head, *worth], right=(1, 2, 3, 4, 5), indent=4),
        *wrapped(_verdict(found), indent=4, hanging=4),
        *wrapped(_words(found), indent=4, hanging=4),
    ]


def _verdict(found: Sensitivity) -> str:
    best = found.measurement
    if best is not None:
        return (
            f"Which measurement would settle the question: `{best.name}`. Once it is known, P is below 5 % or above "
            f"95 % with probability {quantity.percent(best.settles)}."
        )
    if found.settled:
        side = "below 5 %" if found.probability < 0.5 else "above 95 %"
        return f"No measurement is needed to settle the question: P is {side} already."
    return f"No single measurement would settle the question; `{found.inputs[0].name}` leaves least of it open."


def _words(found: Sensitivity) -> str:
    what = "ln of the amount" if found.indices_of == "ln total" else "the amount (it may be nothing, so not of its ln)"
    error = max(max(one.first_order_error, one.total_error) for one in found.inputs)
    return (
        "P there: with the input known to be at that point; what is correlated with it moves along. settles: how "
        "probably knowing it exactly brings P below 5 % or above 95 %. variance left: of crossed or not, on average. "
        f"first-order, total (Sobol indices of {what} that the line counts, standard error at most "
        f"{quantity.significant(100 * error, 1)} points): the share of its variance that knowing the input takes away, "
        "and that it leaves if all else is known. 10 % more: of the input, all else as it is."
    )


def _range(one: Influence) -> str:
    show = quantity.share if one.unit == "share" else quantity.counted
    return f"{show(one.low)} for the first case" if one.low == one.high else f"{show(one.low)} .. {show(one.high)}"


def _scale() -> str:
    return "0".ljust(_BAR // 2) + "50".ljust(_BAR - _BAR // 2 - 2) + "100"


def _bar(one: Influence, now: float) -> str:
    """Return where P moves between 0 and 1, today's marked."""
    low, high = sorted((one.at_low, one.at_high))
    marks = [
        "|" if place == round(now * _BAR) else "=" if round(low * _BAR) <= place <= round(high * _BAR) else "."
        for place in range(_BAR + 1)
    ]
    return "".join(marks)

"""The answer on a screen: total, stages, lines, what moves it, what is still unknown."""

from __future__ import annotations

from typing import TYPE_CHECKING

from flopline import quantity
from flopline.report.columns import columns, printable
from flopline.report.figure import histogram
from flopline.report.line_text import crossable, interval_text, line_text
from flopline.report.machine_text import COLUMNS, machine_lines
from flopline.report.observed_text import observed_text
from flopline.report.prose import wrapped

if TYPE_CHECKING:
    from collections.abc import Iterator

    from flopline.engine.results import DerivedResult, Estimate, LineResult, Reading

_NAMED = {
    "weighted_peak": "at one weighted peak",
    "counted_by_tokens": "counted by its tokens",
    "counted_by_machine": "counted by its machine",
}


def estimate_text(estimate: Estimate, *, verbose: bool = False) -> str:
    """Return the page of one estimate."""
    blocks = [
        _head(estimate),
        _stages(estimate),
        machine_lines(estimate, verbose=verbose),
        list(_beside(estimate)),
        _table(estimate),
        *([*line_text(line, estimate.level, verbose=verbose)] for line in estimate.lines if verbose or _matters(line)),
        _figure(estimate),
        _drivers(estimate),
        _warnings(estimate),
        _foot(),
    ]
    return "\n\n".join("\n".join(block) for block in blocks if block) + "\n"


def _head(estimate: Estimate) -> list[str]:
    total = estimate.total
    lines = [f"{printable(estimate.title)}   (law of {estimate.law_day})", ""]
    if estimate.certain:
        return [*lines, f"  total   {quantity.flop(total.median)}   no uncertainty given"]
    low, high = quantity.scientific(total.low), quantity.scientific(total.high)
    return [
        *lines,
        f"  total   {quantity.flop(total.median)}   ({100 * estimate.level:g} %: {low} .. {high})",
    ]


def _stages(estimate: Estimate) -> list[str]:
    rows = [("stage", "FLOP", "", "share", "counted by")]
    for stage in estimate.stages:
        amount = stage.amount
        share = quantity.share(stage.share) if stage.share else "beside"
        interval = interval_text(amount.low, amount.high, amount.level)
        sure = "" if stage.happens is None else f" (if it happens: {quantity.share(stage.happens)})"
        rows.append((stage.name + sure, quantity.scientific(amount.median), interval, share, stage.method))
    lines = columns(rows, right=(1, 3))
    for stage in estimate.stages:
        for one in stage.derived:
            lines += _derived(stage.name, one) if one.name not in COLUMNS else []
        lines += [] if stage.observed is None else wrapped(observed_text(stage.name, stage.observed), indent=2)
    return lines


def _derived(stage: str, one: DerivedResult) -> list[str]:
    amount = one.amount
    shows = {"share": quantity.share, "FLOP": quantity.scientific}
    show = shows.get(amount.unit, quantity.counted)
    unit = "" if amount.unit == one.name or amount.unit == "share" else f" {amount.unit}"
    interval = (
        "" if amount.low == amount.high else f" ({100 * amount.level:g} %: {show(amount.low)} .. {show(amount.high)})"
    )
    remark = f"; {one.remark}" if one.remark else ""
    name = _NAMED.get(one.name) or f"implied {one.name.replace('_', ' ')}"
    return wrapped(f"{stage}: {name} {show(amount.median)}{unit}{interval}{remark}", indent=2)


def _beside(estimate: Estimate) -> Iterator[str]:
    """Yield what some laws count and the total does not."""
    rows = [
        (
            f"{entry.stage}: {'lost ' if entry.fate == 'lost' else ''}{entry.activity}",
            quantity.scientific(entry.amount.median),
            interval_text(entry.amount.low, entry.amount.high, entry.amount.level),
        )
        for entry in estimate.entries
        if not entry.in_total
    ]
    if rows:
        yield "  beside the total"
        yield from columns(rows, right=(1,), indent=4)


def _table(estimate: Estimate) -> list[str]:
    rows: list[tuple[str, ...]] = [("line", "FLOP", "narrow", "expected", "broad", "", "applies")]
    for line in estimate.lines:
        amount = f"{line.share} of its base" if line.flop is None else quantity.exact(line.flop)
        mark = f"{line.compare} {amount}"
        readings = [_cell(reading, line.certain) for _, reading in line.readings()]
        word = "" if line.certain else line.word or ""
        rows.append((line.id, mark, *readings, word, line.applies))
    return columns(rows, right=(1, 2, 3, 4))


def _cell(reading: Reading, certain: bool) -> str:
    if reading.probability is None:
        return "-"
    if certain:
        return "yes" if reading.probability == 1 else "no"
    return quantity.whole_percent(reading.probability)


def _matters(line: LineResult) -> bool:
    """Return whether a line deserves its own paragraph: it can be crossed, or its law already asks for something."""
    regardless = any(duty["regardless"] for duty in line.duties)
    crossing = crossable(line) or bool(line.tests)
    return line.applies != "no" and (crossing or regardless)


def _figure(estimate: Estimate) -> list[str]:
    if estimate.certain or estimate.curve.values[0] == estimate.curve.values[-1]:
        return []
    marks = sorted({line.flop for line in estimate.lines if line.flop is not None})
    named = [(flop, _named([line.id for line in estimate.lines if line.flop == flop])) for flop in marks]
    drawn = histogram(estimate.curve.levels, estimate.curve.values, named)
    left_out = ", where anything is computed" if estimate.curve.values[0] == 0 else ""
    return [f"  the total{left_out}, and the lines", *drawn] if drawn else []


def _named(lines: list[str]) -> str:
    """Return the lines at one threshold, the first of them by name where they are many."""
    return ", ".join(lines) if len(lines) < 3 else f"{lines[0]} and {len(lines) - 1} more"


def _drivers(estimate: Estimate) -> list[str]:
    if not estimate.drivers:
        return []
    line = estimate.drivers[0].line
    rows = [("what moves the answer", "", "share of spread", "10 % more")]
    for driver in estimate.drivers:
        amount = driver.amount
        show = quantity.share if amount.unit == "share" else quantity.counted
        interval = f"{show(amount.low)} .. {show(amount.high)}"
        rows.append(
            (
                driver.name,
                interval,
                quantity.share(driver.variance_share),
                f"{100 * driver.effect:+.1f} points",
            )
        )
    return [*columns(rows, right=(2, 3)), f"  points of P(crossing {line}), expected reading"]


def _warnings(estimate: Estimate) -> list[str]:
    lines: list[str] = []
    for warning in estimate.warnings:
        lines += wrapped(f"{warning.code} {printable(warning.message)}", indent=2, hanging=7)
        if warning.hint:
            lines += wrapped(f"hint: {printable(warning.hint)}", indent=7)
    return lines


def _foot() -> list[str]:
    return [
        "  narrow: what the text surely counts; expected: and what leans in; broad: and all that is disputed.",
        "  Crossing is not applying. This is not legal advice.",
    ]

"""The answer on a screen: total, stages, lines, what moves it, what is still unknown."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from flopline import quantity
from flopline.report.columns import columns, printable
from flopline.report.figure import histogram
from flopline.report.machine_text import COLUMNS, machine_lines
from flopline.report.prose import wrapped

if TYPE_CHECKING:
    from collections.abc import Iterator

    from flopline.engine.results import DerivedResult, Estimate, LineResult, Reading

_NAMED = {
    "weighted_peak": "at one weighted peak",
    "counted_by_tokens": "counted by its tokens",
    "counted_by_machine": "counted by its machine",
}
_NEGLIGIBLE = 0.001
"""A probability below which a line needs no paragraph of its own."""


def estimate_text(estimate: Estimate, *, verbose: bool = False) -> str:
    """Return the page of one estimate."""
    blocks = [
        _head(estimate),
        _stages(estimate),
        machine_lines(estimate, verbose=verbose),
        list(_beside(estimate)),
        _table(estimate),
        *([*_line(line, estimate.level, verbose=verbose)] for line in estimate.lines if verbose or _matters(line)),
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


def _interval(low: float, high: float, level: float) -> str:
    if low == high:
        return ""
    return f"{100 * level:g} %: {quantity.scientific(low)} .. {quantity.scientific(high)}"


def _stages(estimate: Estimate) -> list[str]:
    rows = [("stage", "FLOP", "", "share", "counted by")]
    for stage in estimate.stages:
        amount = stage.amount
        share = quantity.share(stage.share) if stage.share else "beside"
        interval = _interval(amount.low, amount.high, amount.level)
        rows.append((stage.name, quantity.scientific(amount.median), interval, share, stage.method))
    lines = columns(rows, right=(1, 3))
    for stage in estimate.stages:
        for one in stage.derived:
            lines += _derived(stage.name, one) if one.name not in COLUMNS else []
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
            _interval(entry.amount.low, entry.amount.high, entry.amount.level),
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
        mark = f"{line.compare} {quantity.exact(line.flop)}"
        readings = [_cell(reading, line.certain) for _, reading in line.readings()]
        word = "" if line.certain else line.word
        rows.append((line.id, mark, *readings, word, line.applies))
    return columns(rows, right=(1, 2, 3, 4))


def _cell(reading: Reading, certain: bool) -> str:
    if certain:
        return "yes" if reading.probability == 1 else "no"
    return quantity.whole_percent(reading.probability)


def _matters(line: LineResult) -> bool:
    """Return whether a line deserves its own paragraph: it can be crossed, or its law already asks for something."""
    regardless = any(duty["regardless"] for duty in line.duties)
    return line.applies != "no" and (line.broad.probability > _NEGLIGIBLE or regardless)


def _line(line: LineResult, level: float, *, verbose: bool) -> Iterator[str]:
    expected = line.expected
    if line.certain:
        answer = "yes (no uncertainty given)" if expected.probability == 1 else "no (no uncertainty given)"
        yield f"  {line.id}: {answer}"
    else:
        error = _numerical(expected.error)
        frequency = quantity.odds(expected.probability)
        said = ", ".join(part for part in (line.word, quantity.percent(expected.probability), frequency) if part)
        yield f"  {line.id}: {said}   ({error})"
    counted = expected.amount
    interval = _interval(counted.low, counted.high, level)
    yield (
        f"    it counts {quantity.flop(counted.median)}" + (f" ({interval})" if interval else "") + f", {line.quantity}"
    )
    if line.intended is not None:
        yield f"    intended {quantity.flop(line.intended['flop'])}, {line.intended['basis']}"
    yield from _disputes(line)
    yield from _duties(line, verbose=verbose)


def _numerical(error: float) -> str:
    """Return the error of the integration, labelled so that nobody takes it for accuracy."""
    if error == 0:
        return "numerically exact; the inputs decide how true it is"
    points = "below 0.001" if error < 1e-5 else quantity.significant(100 * error, 1)
    return f"numerical error {points} points; the inputs decide how true it is"


def _disputes(line: LineResult) -> Iterator[str]:
    """Yield the cells that decide between the readings, each once."""
    if line.narrow == line.broad:
        return
    by_lean: dict[str, list[str]] = {"in": [], "out": []}
    for cell in line.disputed:
        by_lean[cell["lean"]].append(cell["row"])
    for lean, rows in by_lean.items():
        if rows:
            yield from wrapped(f"disputed, leaning {lean}: {', '.join(rows)}", indent=4)
    deciding = [cell["row"] for cell in line.disputed if cell["decides"]]
    if deciding:
        yield from wrapped(f"read the other way, {' and '.join(deciding)} would change the word", indent=4)


def _duties(line: LineResult, *, verbose: bool) -> Iterator[str]:
    """Yield what is still unknown, and what follows if the line is crossed."""
    asked = [condition for condition in line.conditions if condition["answer"] == "unknown"]
    for condition in asked:
        yield from wrapped(f"unknown: {condition['question']} ({condition['who']})", indent=4)
    crossing = line.broad.probability > _NEGLIGIBLE
    follows = [duty for duty in line.duties if crossing or duty["regardless"]]
    known = {condition["question"] for condition in asked}
    first = [duty for duty in follows if verbose or duty["deadline"] or duty["anchor"] in ("start", "forecast")]
    for duty in first:
        yield from wrapped(_duty(duty, known), indent=4)
    rest = [duty for duty in follows if duty not in first]
    if rest:
        names = ", ".join(duty["id"] for duty in rest)
        yield from wrapped(f"and {len(rest)} more duties (-v tells them): {names}", indent=4)


def _duty(duty: dict[str, Any], asked: set[str]) -> str:
    """Return one duty: what, by when, its own open questions, and where it is written."""
    clock = f"by {duty['deadline']}" if duty["deadline"] else duty["clock"] or duty["every"] or f"at {duty['anchor']}"
    forecasts = [one for one in duty["forecasts"] if one["met"]]
    if forecasts:
        clock = f"by {forecasts[0]['deadline']} if a probability of {forecasts[0]['probability']:g} makes it known"
    extra = [question for question in duty["open"] if question not in asked]
    still = f" open: {' '.join(extra)}" if extra else ""
    return f"duty: {duty['what']}, {clock} [{duty['citation']}]{still}"


def _figure(estimate: Estimate) -> list[str]:
    if estimate.certain or estimate.curve.values[0] == estimate.curve.values[-1]:
        return []
    marks = sorted({line.flop for line in estimate.lines})
    named = [(flop, _named([line.id for line in estimate.lines if line.flop == flop])) for flop in marks]
    return ["  the total, and the lines", *histogram(estimate.curve.levels, estimate.curve.values, named)]


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

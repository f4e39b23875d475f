"""The answer on a screen: total, stages, lines, what moves it, what is still unknown."""

from __future__ import annotations

from typing import TYPE_CHECKING

from flopline import quantity
from flopline.report.columns import columns, printable
from flopline.report.figure import histogram
from flopline.report.prose import wrapped

if TYPE_CHECKING:
    from collections.abc import Iterator

    from flopline.engine.results import DerivedResult, Estimate, LineResult, Reading

_ACTIVITIES_BESIDE = "beside the total"


def estimate_text(estimate: Estimate, *, verbose: bool = False) -> str:
    """Return the page of one estimate."""
    blocks = [
        _head(estimate),
        _stages(estimate),
        list(_beside(estimate)),
        _table(estimate),
        *([*_line(line, estimate.level)] for line in estimate.lines if verbose or _matters(line)),
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
        lines += [_derived(stage.name, one) for one in stage.derived]
    return lines


def _derived(stage: str, one: DerivedResult) -> str:
    amount = one.amount
    show = quantity.share if amount.unit == "share" else quantity.significant
    unit = "" if amount.unit == "share" else f" {amount.unit}"
    interval = (
        ""
        if amount.low == amount.high
        else f" ({100 * amount.level:g} %: {show(amount.low)} .. {show(amount.high)})"
    )
    remark = f"; {one.remark}" if one.remark else ""
    return f"  {stage}: implied {one.name.replace('_', ' ')} {show(amount.median)}{unit}{interval}{remark}"


def _beside(estimate: Estimate) -> Iterator[str]:
    """Yield what some laws count and the total does not."""
    rows = [
        (f"{entry.stage}: {entry.activity}", quantity.scientific(entry.amount.median),
         _interval(entry.amount.low, entry.amount.high, entry.amount.level))
        for entry in estimate.entries if not entry.in_total
    ]  # fmt: skip
    if rows:
        yield f"  {_ACTIVITIES_BESIDE}"
        yield from columns(rows, right=(1,), indent=4)


def _table(estimate: Estimate) -> list[str]:
    rows: list[tuple[str, ...]] = [("line", "FLOP", "narrow", "expected", "broad", "", "applies")]
    for line in estimate.lines:
        mark = f"{line.compare} {quantity.scientific(line.flop, 1)}"
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
    return line.applies != "no" and (line.broad.probability > 0.001 or line.applies == "yes")


def _line(line: LineResult, level: float) -> Iterator[str]:
    expected = line.expected
    if line.certain:
        answer = "yes (no uncertainty given)" if expected.probability == 1 else "no (no uncertainty given)"
        yield f"  {line.id}: {answer}"
    else:
        error = f"numerical error {quantity.significant(100 * expected.error, 1)} points"
        frequency = quantity.odds(expected.probability)
        said = ", ".join(
            part for part in (line.word, quantity.percent(expected.probability), frequency) if part
        )
        yield f"  {line.id}: {said}   ({error}; it says nothing about the inputs)"
    counted = expected.amount
    interval = _interval(counted.low, counted.high, level)
    yield (
        f"    it counts {quantity.flop(counted.median)}"
        + (f" ({interval})" if interval else "")
        + f", {line.quantity}"
    )
    for cell in line.disputed:
        yield from wrapped(f"disputed: {cell['text']}", indent=4)
    for condition in line.conditions:
        if condition["answer"] == "unknown":
            yield from wrapped(f"unknown: {condition['question']} ({condition['who']})", indent=4)
    for duty in line.duties:
        yield from wrapped(_duty(duty), indent=4)


def _duty(duty: dict[str, object]) -> str:
    deadline = f"by {duty['deadline']}: " if duty.get("deadline") else ""
    condition = f"if {duty['condition']}: " if duty.get("condition") else ""
    return f"{condition}{deadline}{duty['text']} [{duty['cite']}]"


def _figure(estimate: Estimate) -> list[str]:
    if estimate.certain or estimate.curve.values[0] == estimate.curve.values[-1]:
        return []
    marks = sorted({(line.flop, "") for line in estimate.lines})
    named = [(flop, ", ".join(line.id for line in estimate.lines if line.flop == flop)) for flop, _ in marks]
    return ["  the total, and the lines", *histogram(estimate.curve.levels, estimate.curve.values, named)]


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

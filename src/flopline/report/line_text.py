"""The paragraph of one line: how likely, what it counts, what is disputed and unknown, and what follows."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final

from flopline import quantity
from flopline.report.prose import wrapped

if TYPE_CHECKING:
    from collections.abc import Iterator

    from flopline.engine.results import LineResult

_NEGLIGIBLE: Final = 0.001
"""A probability below which a line needs no paragraph of its own."""
_AGAINST: Final = {"parent": "nearest original", "root": "first original"}


def crossable(line: LineResult) -> bool:
    """Return whether some reading of a line may be crossed at all."""
    return (line.broad.probability or 0.0) > _NEGLIGIBLE


def interval_text(low: float, high: float, level: float) -> str:
    """Return an interval with its level; nothing where both ends are one."""
    if low == high:
        return ""
    return f"{100 * level:g} %: {quantity.scientific(low)} .. {quantity.scientific(high)}"


def line_text(line: LineResult, level: float, *, verbose: bool) -> Iterator[str]:
    """Yield the paragraph of one line: the answer, what is disputed, unknown, and what follows."""
    expected = line.expected
    if expected.probability is None or expected.error is None:
        yield f"  {line.id}: nothing to compare with"
    elif line.certain:
        answer = "yes (no uncertainty given)" if expected.probability == 1 else "no (no uncertainty given)"
        yield f"  {line.id}: {answer}"
    else:
        error = _numerical(expected.error)
        frequency = quantity.odds(expected.probability)
        said = ", ".join(part for part in (line.word, quantity.percent(expected.probability), frequency) if part)
        yield f"  {line.id}: {said}   ({error})"
    if (counted := expected.amount) is not None:
        interval = interval_text(counted.low, counted.high, level)
        said = f"    it counts {quantity.flop(counted.median)}" + (f" ({interval})" if interval else "")
        yield f"{said}, {line.quantity}" if line.flop is not None else f"{said} of modification"
    yield from _tests(line, verbose=verbose)
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


def _tests(line: LineResult, *, verbose: bool) -> Iterator[str]:
    """Yield the comparisons behind a share of another model's computation, those that apply first."""
    for test in sorted(line.tests, key=lambda one: not one["applied"]):
        chance = " .. ".join(quantity.whole_percent(test[name]["probability"]) for name in ("narrow", "broad"))
        if test["against"] == "fallback" and not (test["applied"] or verbose):
            continue
        if test["against"] == "fallback":
            against = f"{quantity.flop(test['flop'])}, which stands in where the original is unknown"
            size = ""
        else:
            against = f"{line.share} of {test['original']} ({_AGAINST[test['against']]})"
            share = test["share"]
            spread = "" if share["low"] == share["high"] else f" ({_share(share['low'])} .. {_share(share['high'])})"
            size = f"; the modification is {_share(share['median'])}{spread} of it"
        beside = "" if test["applied"] else "beside: "
        yield from wrapped(f"{beside}against {against}, {test['count']} count: {chance}{size}", indent=4)


def _share(value: float) -> str:
    return quantity.share(value) if value < 1 else f"{quantity.significant(value, 3)} times"


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
    follows = [duty for duty in line.duties if crossable(line) or duty["regardless"]]
    known = {condition["question"] for condition in asked}
    first = [duty for duty in follows if verbose or duty["deadline"] or duty["anchor"] in ("start", "forecast")]
    for duty in first:
        yield from wrapped(_duty(duty, known), indent=4)
    rest = [duty for duty in follows if duty not in first]
    if rest:
        names = ", ".join(duty["id"] for duty in rest)
        yield from wrapped(
            f"and {len(rest)} more {'duty' if len(rest) == 1 else 'duties'} (-v tells more): {names}", indent=4
        )


def _duty(duty: dict[str, Any], asked: set[str]) -> str:
    """Return one duty: what, by when, its own open questions, and where it is written."""
    clock = f"by {duty['deadline']}" if duty["deadline"] else duty["clock"] or duty["every"] or f"at {duty['anchor']}"
    forecasts = [one for one in duty["forecasts"] if one["met"]]
    if forecasts:
        clock = f"by {forecasts[0]['deadline']} if a probability of {forecasts[0]['probability']:g} makes it known"
    extra = [question for question in duty["open"] if question not in asked]
    still = f" open: {' '.join(extra)}" if extra else ""
    return f"duty: {duty['what']}, {clock} [{duty['citation']}]{still}"

"""The pages of `flopline record`: one forecast that was kept, and what a log shows."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from flopline import quantity
from flopline.report.columns import columns
from flopline.report.page import page
from flopline.report.prose import wrapped

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from flopline.evidence import FirstDay, Log, Recorded

_NOTICE = "The log shows when a crossing became likely; what counts as known is not settled. This is not legal advice."


def entry_text(entry: Recorded) -> str:
    """Return one forecast: its number, day, what it rests on, and the expected probability of each line."""
    body = entry.body
    head = f"forecast {body['sequence']} of {body['day']}: {body['plan']['title']}   (law of {body['law_day']})"
    rows = [("line", "narrow", "expected", "broad", "", "applies")]
    for line in body["lines"]:
        cells = [_chance(line[name]["probability"]) for name in ("narrow", "expected", "broad")]
        mark = " *" if line.get("marks") else ""
        rows.append((line["id"] + mark, *cells, line["word"] or "", line["applies"]))
    hashes = [f"  {name} {value}" for name, value in _hashes(body)]
    marked = any(line.get("marks") for line in body["lines"])
    note = ["  * values of this law were never compared with its text, or too long ago"] if marked else []
    return page([[head], columns(rows, right=(1, 2, 3)) + note, hashes])


def record_text(log: Log, days: Sequence[FirstDay]) -> str:
    """Return every forecast of a log, what changed between them, and from which day each level was passed.

    Parameters
    ----------
    days : sequence of FirstDay
        Of the lines that are shown.
    """
    if not log.entries:
        return page([["no forecast yet"]])
    names = list(dict.fromkeys(day.line for day in days))
    blocks = [_forecasts(log, names), _first(days), _sources(days)]
    notes = [
        f"forecast {entry.body['sequence']}: {entry.body['note']}" for entry in log.entries if entry.body.get("note")
    ]
    blocks.append([line for note in notes for line in wrapped(note, indent=2)])
    blocks.append([line for text in _remarks(log) for line in wrapped(text, indent=2)])
    return page([*blocks, wrapped(_NOTICE, indent=2, hanging=2)])


def _forecasts(log: Log, names: Sequence[str]) -> list[str]:
    rows = [("", "day", "recorded", "changed", *(_short(name) for name in names))]
    before: Mapping[str, Any] | None = None
    for entry in log.entries:
        body = entry.body
        if not entry.fits:
            rows.append((f"line {entry.line}", "", "", "does not fit: no evidence", *("" for _ in names)))
            continue
        chances = {line["id"]: _chance(line["expected"]["probability"]) for line in body["lines"]}
        rows.append(
            (str(body["sequence"]), body["day"], body["recorded"], _changed(before, body),
             *(chances.get(name, "") for name in names))
        )  # fmt: skip
        before = body
    return ["  forecasts, expected reading", *columns(rows, right=tuple(range(4, 4 + len(names))))]


def _changed(before: Mapping[str, Any] | None, body: Mapping[str, Any]) -> str:
    """Return what identifies a forecast and differs from the one before it."""
    if before is None:
        return ""
    old, new = dict(_hashes(before)), dict(_hashes(body))
    return ", ".join(name for name in new if old[name] != new[name])


def _hashes(body: Mapping[str, Any]) -> list[tuple[str, str]]:
    return [("plan", body["plan"]["sha256"]), ("law", body["law"]), ("data", body["data"])]


def _first(days: Sequence[FirstDay]) -> list[str]:
    passed = [day for day in days if day.day is not None]
    if not passed:
        return ["  no forecast reached a probability of 0.1 on any line"]
    rows = [("line", "reading", "P at least", "first day", "forecast", "notify by")]
    for day in passed:
        deadline = "" if day.deadline is None else day.deadline.isoformat()
        rows.append((day.line, day.reading, f"{day.probability:g}", str(day.day), str(day.sequence), deadline))
    return ["  first day of each probability", *columns(rows, right=(2, 4))]


def _sources(days: Sequence[FirstDay]) -> list[str]:
    if not any(day.deadline for day in days):
        return []
    text = (
        "Notice is due at most two weeks after the condition is met or it becomes known that it will be met (AI Act, "
        "Art. 52(1); Guidelines paras 30-32): calendar days, no extension for weekends. Whether the line applies to "
        "this model is another question."
    )
    return wrapped(text, indent=2, hanging=2)


def _remarks(log: Log) -> list[str]:
    found = [f"line {fault.line} does not fit: {fault.text}" for fault in log.faults]
    if log.torn:
        found.append("the last write was killed; its piece is no forecast")
    days = [entry.body["day"] for entry in log.entries if entry.fits]
    if days != sorted(days):
        found.append("a forecast is dated before one that was recorded earlier; they are taken as recorded")
    dated = [
        entry.body["sequence"]
        for entry in log.entries
        if entry.fits and not str(entry.body["recorded"]).startswith(entry.body["day"])
    ]
    if dated:
        listed = ", ".join(str(one) for one in dated)
        found.append(f"dated by their author to another day than they were recorded on: forecasts {listed}")
    return found


def _short(name: str) -> str:
    return name.partition("/")[2] if name.startswith("eu-ai-act/") else name.partition("/")[0]


def _chance(probability: float | None) -> str:
    return "-" if probability is None else quantity.whole_percent(probability)

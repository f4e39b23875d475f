"""From arguments to a log of forecasts: finding it, appending to it, showing it."""

from __future__ import annotations

from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING

from flopline.cli.answering import find_plan
from flopline.cli.talk import print_answer, print_json, say
from flopline.errors import EvidenceError, Place, PlanError, RegimeError

if TYPE_CHECKING:
    from flopline.cli.answering import Settings

SUFFIX = ".record.jsonl"


def keep(plan: str, log: Path | None, note: str | None, settings: Settings, *, as_json: bool, quiet: bool) -> int:
    """Append a forecast about a plan to its log; returns the exit code."""
    from flopline.engine import estimate
    from flopline.evidence import append, forecast
    from flopline.plan import placing
    from flopline.report.envelope import envelope

    path = log or _beside(plan)
    loaded = find_plan(plan, settings)
    now = datetime.now(UTC)
    with placing(loaded):
        answer = estimate(
            loaded, level=settings.level, tolerance=settings.tolerance, seed=settings.seed, threads=settings.threads,
            day=settings.day,
        )  # fmt: skip
    body = forecast(
        loaded, answer, recorded=now, day=settings.day or now.date(), tolerance=settings.tolerance, note=note
    )
    entry = append(path, body)
    if as_json:
        print_json(envelope("record", {"log": str(path), "line": entry.line, "entry": dict(entry.body)}))
    else:
        from flopline.report.record_text import entry_text

        print_answer(entry_text(entry))
        say(
            f"forecast {entry.body['sequence']} is in {path}; `flopline record show {path}` shows them all", quiet=quiet
        )
    return 0


def _beside(plan: str) -> Path:
    """Return the log that lies beside a plan's file; an example has none."""
    path = Path(plan)
    if "\0" in plan or not path.exists():
        message = f"`{plan[:60]}` is no file beside which a log could lie"
        raise PlanError(message, hint="name the log: --log forecasts.jsonl", place=Place(key="--log"))
    return path.with_name(path.stem + SUFFIX)


def _log_of(of: str | None, log: Path | None) -> Path:
    if log is not None:
        return log
    if of is None:
        message = "which log?"
        raise EvidenceError(message, hint="flopline record show PLAN, or the log itself", place=Place(key="LOG|PLAN"))
    if "\0" in of:
        message = "a path cannot contain a zero byte"
        raise EvidenceError(message, place=Place(key="LOG|PLAN"))
    path = Path(of)
    return path if path.suffix == ".jsonl" else path.with_name(path.stem + SUFFIX)


def show_log(of: str | None, log: Path | None, line: str | None, *, as_json: bool) -> int:
    """Print the forecasts of a log and the first day of each level; returns the exit code."""
    from flopline.documents import suggestion_hint
    from flopline.evidence import first_days, read_log
    from flopline.report.envelope import envelope
    from flopline.report.record_text import record_text

    path = _log_of(of, log)
    found = read_log(path)
    days = first_days(found.entries)
    names = {day.line for day in days}
    if line is not None and line not in names:
        message = f"no forecast of the log has a line `{line[:60]}`"
        hint = suggestion_hint(line, names) or f"lines: {', '.join(sorted(names))}"
        raise RegimeError(message, hint=hint, place=Place(key="--line"))
    wanted = [day for day in days if line in (None, day.line)]
    if as_json:
        body = {
            "log": str(path),
            "entries": [dict(entry.body) | {"fits": entry.fits} for entry in found.entries],
            "first": [day.to_dict() for day in wanted],
            "faults": [fault.to_dict() for fault in found.faults],
            "torn": list(found.torn),
        }
        print_json(envelope("record show", body))
    else:
        print_answer(record_text(found, wanted))
    for fault in found.faults:
        say(f"warning: line {fault.line} of the log: {fault.text}")
    return 0


def verify_log(of: str | None, log: Path | None, line: str | None, *, as_json: bool) -> int:
    """Print whether everything in a log fits; returns 0, or 2 where something does not."""
    from flopline.evidence import read_log
    from flopline.report.envelope import envelope

    if line is not None:
        message = "a log is verified as a whole"
        raise EvidenceError(message, place=Place(key="--line"))
    path = _log_of(of, log)
    found = read_log(path)
    if as_json:
        faults = [fault.to_dict() for fault in found.faults]
        print_json(
            envelope("record verify", {"log": str(path), "entries": len(found.entries), "faults": faults,
                                       "torn": list(found.torn)})
        )  # fmt: skip
    elif not found.faults:
        print_answer(f"{path}: {len(found.entries)} forecasts, every one fits the one before it\n")
    for fault in found.faults:
        say(f"error: line {fault.line}: {fault.text}")
    if found.torn:
        say("warning: the last write was killed; its piece is no forecast, and the next entry will say so")
    return 2 if found.faults else 0

"""The library's evidence verbs: keeping a dated forecast, and reading what was kept."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, date, datetime
from pathlib import Path
from typing import TYPE_CHECKING, Any

from flopline.api import load as _load
from flopline.engine import estimate as _estimate
from flopline.evidence import FirstDay, Log, Recorded, append, first_days, forecast, read_log
from flopline.plan import LoadedPlan, placing
from flopline.settings import Settings

if TYPE_CHECKING:
    from flopline.evidence import Fault


@dataclass(frozen=True, slots=True)
class Evidence:
    """What a log of forecasts shows.

    Attributes
    ----------
    entries : tuple of Recorded
        The forecasts, oldest first.
    first : tuple of FirstDay
        The first day of each line, reading and probability.
    faults : tuple of Fault
        Lines that do not fit.
    """

    entries: tuple[Recorded, ...]
    first: tuple[FirstDay, ...]
    faults: tuple[Fault, ...]

    @classmethod
    def of(cls, log: Log) -> Evidence:
        """Return what a log shows."""
        return cls(log.entries, first_days(log.entries), log.faults)

    def to_dict(self) -> dict[str, Any]:
        """Return everything as plain values."""
        return {
            "entries": [dict(entry.body) | {"fits": entry.fits} for entry in self.entries],
            "first": [day.to_dict() for day in self.first],
            "faults": [fault.to_dict() for fault in self.faults],
        }


def record(
    plan: LoadedPlan | str | Path,
    log: str | Path,
    *,
    level: float | str = 0.9,
    tolerance: float = 1e-4,
    seed: int = 0,
    day: date | str | None = None,
    note: str | None = None,
) -> Recorded:
    """Append a dated forecast to a log and return it once it is on disk.

    Parameters
    ----------
    plan : LoadedPlan or path
        The run.
    log : path
        The log, made where there is none.
    day : date, optional
        Day of the forecast and of its law; today, and the plan's own law, where it is not given.
    note : str, optional
        A remark to keep.

    Raises
    ------
    FloplineError
        The plan is malformed, or the log cannot be written or does not fit.
    """
    asked = Settings.of(level=level, tolerance=tolerance, seed=seed, day=day)
    loaded = plan if isinstance(plan, LoadedPlan) else _load(plan)
    now = datetime.now(UTC)
    with placing(loaded):
        answer = _estimate(loaded, level=asked.level, tolerance=asked.tolerance, seed=asked.seed, day=asked.day)
    body = forecast(loaded, answer, recorded=now, day=asked.day or now.date(), tolerance=asked.tolerance, note=note)
    return append(Path(log), body)


def recorded(log: str | Path) -> Evidence:
    """Return what a log of forecasts shows.

    Raises
    ------
    EvidenceError
        There is no such log.
    """
    return Evidence.of(read_log(Path(log)))

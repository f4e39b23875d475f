"""What an entry says: a dated forecast, and what identifies the plan, the law and the data behind it."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Any, Final

from flopline.bases.catalogue import DATA as BASES
from flopline.hardware import chip_files
from flopline.regimes import fingerprint_of, law_fingerprint, lines
from flopline.utilization import metrics

if TYPE_CHECKING:
    from collections.abc import Iterator
    from datetime import date, datetime

    from flopline.engine import Estimate
    from flopline.plan import LoadedPlan

LEGAL: Final = frozenset({"W701", "W702", "W703"})
"""Warnings about the law behind a line: rows not named, values compared too long ago, or never."""


def forecast(
    loaded: LoadedPlan, estimate: Estimate, *, recorded: datetime, day: date, tolerance: float, note: str | None = None
) -> dict[str, Any]:
    """Return the body of an entry.

    Parameters
    ----------
    recorded : datetime
        The moment, in UTC.
    day : date
        The day of the forecast; that of `recorded`, unless its author dates it otherwise.
    tolerance : float
        Largest numerical error that was asked for.
    note : str, optional
        In the author's words.
    """
    clocks = {
        line.id: next((duty.days for duty in line.duties if duty.anchor == "forecast"), None)
        for line in lines(estimate.law_day, loaded.regimes)
    }
    return {
        "recorded": recorded.strftime("%Y-%m-%dT%H:%M:%SZ"),
        "day": day.isoformat(),
        "law_day": estimate.law_day.isoformat(),
        "plan": {"title": estimate.title, "sha256": estimate.sha256},
        "law": law_fingerprint(loaded.regimes),
        "data": data_fingerprint(loaded),
        "flopline": estimate.version,
        "settings": {"level": estimate.level, "tolerance": tolerance, "seed": estimate.seed},
        "total": estimate.total.to_dict(),
        "lines": [
            {
                "id": line.id, "flop": line.flop, "share": line.share, "compare": line.compare, "word": line.word,
                "applies": line.applies, "notify_within_days": clocks[line.id],
                "marks": [
                    warning.code
                    for warning in estimate.warnings
                    if warning.code in LEGAL and warning.message.startswith(f"`{line.id}`")
                ],
                **{
                    name: {"probability": reading.probability, "error": reading.error}
                    for name, reading in line.readings()
                },
            }
            for line in estimate.lines
        ],
        "note": note,
    }  # fmt: skip


def data_fingerprint(loaded: LoadedPlan) -> str:
    """Return the SHA-256 over every shipped number that an answer may rest on, and the user's own catalogues."""
    return fingerprint_of(_files(loaded))


def _files(loaded: LoadedPlan) -> Iterator[Path]:
    yield from chip_files()
    yield from sorted((Path(metrics.__file__).parent / "data").glob("*.toml"))
    yield from sorted(BASES.glob("*.toml"))
    for folder in loaded.catalogues:
        yield from sorted(folder.rglob("*.toml"))

"""The list of `flopline regimes list`: what is law, what was or may become law, and what draws no compute line."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final

from flopline.regimes import STALE
from flopline.report.columns import columns
from flopline.report.page import page
from flopline.report.prose import wrapped
from flopline.report.regimes_text import NOTICE, threshold

if TYPE_CHECKING:
    from collections.abc import Sequence
    from datetime import date

    from flopline.regimes import Line, Regime

GROUPS: Final = (
    ("in force or enacted", ("in-force", "enacted")),
    ("no compute line: something else triggers duties", ("no-line",)),
    ("over or vetoed: for comparison, never computed as law", ("ended", "vetoed")),
    ("bills, drafts and proposals: for comparison, never computed as law", ("pending", "draft", "proposed")),
    ("not known yet", ("unknown-yet",)),
)
"""The headings of the list, and the statuses of the regimes below each."""


_UNSURE: Final = f"* a threshold that was never compared with the text itself, or not for {STALE} days."


def regime_row(regime: Regime) -> dict[str, Any]:
    """Return what the list says of a regime, as plain values."""
    return {
        "id": regime.id,
        "name": regime.name,
        "full_name": regime.full_name,
        "jurisdiction": regime.jurisdiction,
        "kind": regime.kind,
        "status": regime.status,
        "status_words": regime.status_words,
        "lines": [_line_row(line) for line in regime.lines],
        "others": [_line_row(line) for line in regime.others],
    }


def _line_row(line: Line) -> dict[str, Any]:
    return {
        "id": line.id,
        "name": line.name,
        "compare": line.compare,
        "flop": line.flop,
        "share": line.threshold.share,
        "quantity": line.quantity,
        "unsure": _unsure(line),
        "status": line.status,
        "status_words": line.status_words,
        "applies": None if line.applies is None else line.applies.isoformat(),
    }


def regimes_list_text(regimes: Sequence[Regime], day: date) -> str:
    """Return every regime with its jurisdiction, status and lines, those in force first."""
    shown = _rows(regimes)
    blocks = [[f"law of {day}"]]
    for heading, statuses in GROUPS:
        found = [regime for regime in regimes if regime.status in statuses]
        blocks += [[heading], *(_block(regime, shown) for regime in found)] if found else []
    foot = f"`flopline regimes show ID` has what each line counts, its duties and sources. {NOTICE}"
    marked = any(_unsure(line) for regime in regimes for line in (*regime.lines, *regime.others))
    note = wrapped(_UNSURE, indent=2, hanging=2) if marked else []
    return page([*blocks, [*note, *wrapped(foot, indent=2, hanging=2)]])


def _rows(regimes: Sequence[Regime]) -> dict[str, str]:
    """Return the row of each line, all in the same columns; a line that is not law says so."""
    lines = [(line, "") for regime in regimes for line in regime.lines]
    lines += [(line, f" ({line.status_words})") for regime in regimes for line in regime.others]
    table = [
        (line.id + (" *" if _unsure(line) else ""), threshold(line.threshold, line.compare), line.name + mark)
        for line, mark in lines
    ]
    return dict(zip((line.id for line, _ in lines), columns(table, indent=4), strict=True))


def _unsure(line: Line) -> bool:
    """Return whether a threshold was never compared with its text, or too long ago."""
    verified = line.sources[line.threshold.source].verified
    return verified is None or (line.day - verified).days > STALE


def _block(regime: Regime, shown: dict[str, str]) -> list[str]:
    return [
        *wrapped(f"{regime.id}: {regime.jurisdiction}, {regime.status_words}", indent=2, hanging=4),
        *wrapped(regime.full_name, indent=4, hanging=4),
        *(shown[line.id] for line in (*regime.lines, *regime.others)),
    ]

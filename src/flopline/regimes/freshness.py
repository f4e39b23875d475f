"""Warnings about the law itself: rows that a file leaves out, values that are stale or never compared."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from flopline.errors import Diagnostic
from flopline.regimes.counting import cells, unnamed

if TYPE_CHECKING:
    from collections.abc import Sequence
    from datetime import date

    from flopline.provenance import Source
    from flopline.regimes.counting import Attributes
    from flopline.regimes.law import Line

STALE: Final = 90
"""Days after which a comparison with the text is too old to rely on."""


def warnings(line: Line, entries: Sequence[Attributes], day: date) -> tuple[Diagnostic, ...]:
    """Return the warnings about what a line says of a plan's entries.

    `W701`: the file names none of these rows, so they are disputed. `W702`: values were compared with the
    text more than `STALE` days before. `W703`: values were never compared with the text itself.

    Parameters
    ----------
    line : Line
        The line.
    entries : sequence of Attributes
        The entries of the plan.
    day : date
        The day of the question.
    """
    used = _used(line, entries)
    stale = sorted({one.cite for one in used if one.verified and (day - one.verified).days > STALE})
    unread = sorted({one.cite for one in used if one.verified is None})
    found = (
        ("W701", "its file does not name {}, counted as disputed", unnamed(line, entries)),
        ("W702", f"compared with the text more than {STALE} days before {day}: {{}}", stale),
        ("W703", "not compared with the text itself: {}", unread),
    )
    return tuple(Diagnostic(code, f"`{line.id}`: {_list(text, names)}") for code, text, names in found if names)


def _used(line: Line, entries: Sequence[Attributes]) -> list[Source]:
    """Return the sources of the threshold and of every cell that the entries fall under."""
    found = [line.sources[line.threshold.source], line.source]
    found += [one.source for entry in entries for one in cells(line, entry) if one.source is not None]
    return found


def _list(text: str, names: Sequence[str]) -> str:
    return text.format("; ".join(names))

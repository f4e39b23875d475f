"""Columns of text, aligned and without boxes."""

from __future__ import annotations

import unicodedata
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Sequence


def width_of(text: str) -> int:
    """Return the terminal cells that a text takes."""
    return sum(
        0 if unicodedata.combining(char) else 2 if unicodedata.east_asian_width(char) in "WF" else 1 for char in text
    )


def columns(rows: Sequence[Sequence[str]], *, right: Sequence[int] = (), indent: int = 2, gap: int = 3) -> list[str]:
    """Return rows as lines with aligned columns.

    Parameters
    ----------
    rows : sequence of rows of equal length
        Cells as text.
    right : sequence of int
        Indices of the columns that are flush right.
    """
    if not rows:
        return []
    widths = [max(width_of(row[index]) for row in rows) for index in range(len(rows[0]))]
    lines = []
    for row in rows:
        cells = []
        for index, cell in enumerate(row):
            space = " " * (widths[index] - width_of(cell))
            cells.append(space + cell if index in right else cell + space)
        lines.append((" " * indent + (" " * gap).join(cells)).rstrip())
    return lines


def printable(text: str) -> str:
    """Return text with control characters written out, so that names from files cannot steer a terminal."""
    return "".join(char if char.isprintable() else f"\\x{ord(char):02x}" for char in text)

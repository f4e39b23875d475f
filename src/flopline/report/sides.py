"""Two sides of a table, each a paragraph beside the label that both are about."""

from __future__ import annotations

import textwrap
from itertools import zip_longest
from typing import TYPE_CHECKING, NamedTuple

from flopline.report.columns import width_of
from flopline.report.prose import PAGE

if TYPE_CHECKING:
    from collections.abc import Sequence

_MARK, _GAP = 2, 2


class Sided(NamedTuple):
    """A label and what the left and the right side say; `differs` marks the row."""

    label: str
    said: tuple[str, str]
    differs: bool = False


def side_by_side(rows: Sequence[Sided], *, label: int = 25) -> list[str]:
    """Return rows as lines: a mark where the sides differ, the label, and a column for either side.

    Parameters
    ----------
    rows : sequence of Sided
        A line break inside a text starts a new paragraph of its side.
    label : int
        Cells of the column of labels.
    """
    side = (PAGE - _MARK - label - 2 * _GAP) // 2
    widths = (label, side, side)
    lines = []
    for row in rows:
        parts = [_wrapped(text, width) for text, width in zip((row.label, *row.said), widths, strict=True)]
        for place, cells in enumerate(zip_longest(*parts, fillvalue="")):
            mark = "*" if row.differs and place == 0 else " "
            filled = (_filled(cell, width) for cell, width in zip(cells, widths, strict=True))
            lines.append(f"{mark:<{_MARK}}{(' ' * _GAP).join(filled)}".rstrip())
    return lines


def _filled(cell: str, width: int) -> str:
    return cell + " " * max(width - width_of(cell), 0)


def _wrapped(text: str, width: int) -> list[str]:
    return [line for paragraph in text.split("\n") for line in _paragraph(paragraph, width)]


def _paragraph(text: str, width: int) -> list[str]:
    """Return a paragraph in lines; only a word that is too long for one breaks at its hyphens."""
    long = any(len(word) > width for word in text.split())
    return textwrap.wrap(text, width, break_on_hyphens=long) or [""]

"""Blocks of lines that become a page, and labels with paragraphs beside them."""

from __future__ import annotations

from typing import TYPE_CHECKING

from flopline.report.columns import printable, width_of
from flopline.report.prose import wrapped

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence


def page(blocks: Iterable[Sequence[str]]) -> str:
    """Return blocks as a page: blank lines between them, and every control character written out."""
    return "\n\n".join("\n".join(map(printable, block)) for block in blocks if block) + "\n"


def labelled(rows: Sequence[tuple[str, str]], *, indent: int = 2, gap: int = 3, widest: int = 48) -> list[str]:
    """Return rows of a label and a text as lines, the texts in a column of their own.

    Parameters
    ----------
    rows : sequence of (str, str)
        An empty label continues the one above it; spaces before a text indent all of its lines.
    indent, gap : int
        Spaces before the labels, and between the longest of them and the texts.
    widest : int
        Cells of a label beside which a paragraph still reads well; that of a wider one starts below it.
    """
    widths = [width_of(label) for label, _ in rows]
    column = max((width for width in widths if width <= widest), default=0)
    start = indent + column + gap
    lines = []
    for (label, text), width in zip(rows, widths, strict=True):
        deep = start + len(text) - len(text.lstrip())
        beside = wrapped(text.lstrip(), indent=deep, hanging=deep)
        head = " " * indent + label
        if width <= column and beside:
            beside[0] = head + beside[0][indent + width :]
            lines += beside
        else:
            lines += [head, *beside]
    return lines

"""Paragraphs that fit a page."""

from __future__ import annotations

import textwrap

PAGE = 110


def wrapped(text: str, *, indent: int, hanging: int | None = None) -> list[str]:
    """Return a paragraph as lines of at most a page's width.

    Parameters
    ----------
    indent, hanging : int
        Spaces before the first line, and before the others (two more than the first by default).
    """
    rest = indent + 2 if hanging is None else hanging
    return textwrap.wrap(
        text,
        PAGE,
        initial_indent=" " * indent,
        subsequent_indent=" " * rest,
        break_long_words=False,
        break_on_hyphens=False,
    )

"""A tree of plain values, and the way back from each of them to the text it was read from."""

from __future__ import annotations

import re
from dataclasses import dataclass, field
from functools import cached_property
from typing import TYPE_CHECKING, Any, Final, Literal

from flopline.errors import Place

if TYPE_CHECKING:
    from collections.abc import Mapping

    from flopline.documents.positions import Node, Positions

DEEPEST: Final = 64
"""Levels of nesting that a document may have; nothing that flopline reads needs a dozen."""

Path = tuple[str | int, ...]
"""Keys and indices from the root to a value: `("stage", 0, "tokens")`."""

Syntax = Literal["toml", "json"]
"""The two syntaxes that documents are written in."""

LONGEST_KEY: Final = 64
"""Characters of a key that are shown."""

_BARE: Final = re.compile(rf"[A-Za-z0-9_-]{{1,{LONGEST_KEY}}}")


@dataclass(frozen=True, eq=False)
class Document:
    """What a TOML or JSON text says, with the place of everything it says.

    Attributes
    ----------
    tree : dict
        Tables as dicts, arrays as lists, dates and times as those of `datetime`. All numbers are finite (but
        for infinities that `parse` was told to expect) and fit into a double, no text has lone surrogates,
        nothing nests deeper than `DEEPEST`.
    name : str
        The file as the user named it, or what stands for one.
    text : str
        The text exactly as it was read: encoded in UTF-8 it is the file's bytes again. Empty for a
        document that was made from values.
    syntax : {"toml", "json"} or None
        The syntax of `text`; None for a document that was made from values.
    places : mapping of tuple to str
        Flags or keywords that values were given by, which then are their places.
    """

    tree: dict[str, Any]
    name: str
    text: str = ""
    syntax: Syntax | None = None
    places: Mapping[Path, str] = field(default_factory=dict)

    def place(self, path: Path, key: bool = False) -> Place:
        """Return where a value stands.

        Parameters
        ----------
        path : tuple of str and int
            Keys and indices from the root. Where nothing stands at that path (a key is missing), the place
            is that of the nearest table around it; the place of the root is the file as a whole.
        key : bool
            Point at the value's key instead of the value itself.
        """
        for length in range(len(path), 0, -1):
            if path[:length] in self.places:
                return Place(key=self.places[path[:length]])
        dotted = self.dotted(path)
        if self.syntax is None:
            return Place(key=dotted or None)
        node, depth = self._node(path)
        if depth == 0:
            return Place(file=self.name, key=dotted or None)
        wanted = node.key if key and depth == len(path) else node.start
        return self._spot(node.start if wanted is None else wanted, dotted)

    def repeated(self) -> list[tuple[str, Place]]:
        """Return the name and place of every key that stands a second time in its table."""
        return [(_shown(name), self._spot(offset, None)) for offset, name in self._positions.repeated]

    def too_deep(self) -> Place | None:
        """Return the place where brackets nest deeper than `DEEPEST`, if they do."""
        offset = self._positions.too_deep
        return None if offset is None else self._spot(offset, None)

    def dotted(self, path: Path) -> str:
        """Return a path as people write it: `stage.pretrain.tokens`, or `stage[0].tokens` without a name."""
        written = ""
        at: object = self.tree
        for part in path:
            written += _written(part, at) if isinstance(part, int) else ("." if written else "") + _quoted(part)
            at = _inside(at, part)
        return written

    def _node(self, path: Path) -> tuple[Node, int]:
        """Return the deepest known node along a path, and how much of the path it covers."""
        node = self._positions.root
        for depth, part in enumerate(path):
            if node.children is None or part not in node.children:
                return node, depth
            node = node.children[part]
        return node, len(path)

    def _spot(self, offset: int, key: str | None) -> Place:
        from bisect import bisect_right

        lines, starts = self._lines
        line = bisect_right(starts, offset)
        return Place(self.name, line, offset - starts[line - 1] + 1, lines[line - 1], key or None)

    @cached_property
    def _plain_text(self) -> str:
        return plain(self.text)

    @cached_property
    def _positions(self) -> Positions:
        # Imported here: a file without errors needs no positions.
        from flopline.documents.positions import scan

        return scan(self._plain_text, self.syntax or "toml", DEEPEST)

    @cached_property
    def _lines(self) -> tuple[list[str], list[int]]:
        """Lines and the offset of each one's first character."""
        lines, starts, start = self._plain_text.split("\n"), [], 0
        for line in lines:
            starts.append(start)
            start += len(line) + 1
        return lines, starts


def plain(text: str) -> str:
    """Return a text without its byte order mark and with one kind of line end, as positions count it."""
    return text.removeprefix("\ufeff").replace("\r\n", "\n")


def showable(text: str) -> str:
    """Return a text with lone surrogates written as escapes, so that any stream can take it."""
    return text.encode("utf-8", "backslashreplace").decode()


def from_values(values: Mapping[str, object], places: Mapping[Path, str], name: str = "") -> Document:
    """Return the document that flags or Python keywords stand for.

    Parameters
    ----------
    values : mapping
        The tree that they spell.
    places : mapping of tuple to str
        The flag or keyword of each path: `{("stage", 0, "tokens"): "--tokens"}`.
    name : str
        What stands for the name of a file.
    """
    return Document(dict(values), name, places=dict(places))


def _inside(value: object, part: str | int) -> object:
    if isinstance(value, dict):
        return value.get(part)
    if isinstance(value, list) and isinstance(part, int) and 0 <= part < len(value):
        return value[part]
    return None


def _quoted(part: str) -> str:
    if _BARE.fullmatch(part):
        return part
    import json

    return json.dumps(_shown(part), ensure_ascii=False)


def _shown(key: str) -> str:
    return showable(key if len(key) <= LONGEST_KEY else key[:LONGEST_KEY] + "...")


def _written(index: int, array: object) -> str:
    """Return an item's name where it has one, else its index."""
    name = _inside(_inside(array, index), "name")
    return f".{name}" if isinstance(name, str) and _BARE.fullmatch(name) else f"[{index}]"

"""Where each value of an accepted TOML or JSON text stands.

Neither `tomllib` nor `json` keeps positions, and a grammar package (tree-sitter, with one more binary wheel
for each syntax) would be three things to install and load in place of a page of scanning. This scanner is
asked only when something is wrong; the text has been accepted by then, so it need not judge it. JSON is close
enough to a TOML inline table that one scanner serves both: keys end in `:` instead of `=`, and that is all.
"""

from __future__ import annotations

import json
import re
import tomllib
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Final

if TYPE_CHECKING:
    from flopline.documents.document import Syntax


@dataclass(slots=True)
class Node:
    """The spot of one value: offsets into the text, and the same for what it contains.

    Attributes
    ----------
    key : int or None
        Offset of the key; None for the root and for items of arrays.
    start, end : int
        Offsets of the value's first character and of the one after its last; a table that is opened by a
        header has the header's.
    children : dict or None
        Nodes by key or by index; None where nothing is inside.
    is_array : bool
        Whether children are numbered.
    """

    key: int | None
    start: int
    end: int
    children: dict[str | int, Node] | None = None
    is_array: bool = False

    def inside(self) -> dict[str | int, Node]:
        """Return the nodes of what it contains, to be added to (numbers contain nothing and need no dict)."""
        if self.children is None:
            self.children = {}
        return self.children


@dataclass(slots=True)
class Positions:
    """What scanning a text has found.

    Attributes
    ----------
    root : Node
        The tree of spots.
    repeated : list of tuple[int, str]
        Offset and name of every key that stands a second time in its table.
    too_deep : int or None
        Offset at which nesting passed the limit and scanning stopped.
    """

    root: Node
    repeated: list[tuple[int, str]] = field(default_factory=list)
    too_deep: int | None = None


# Every quantifier that could be undone is possessive, so that no text takes more than one pass.
_SPACE: Final = re.compile(r"[ \t]*+")
_BLANK: Final = re.compile(r"[ \t\r\n]*+(?:#[^\n]*+[ \t\r\n]*+)*+")
_KEY: Final = re.compile(r"""[A-Za-z0-9_-]++|"(?:[^"\\]++|\\.)*+"|'[^']*+'""")
_SCALAR: Final = re.compile(
    r'''"""(?:[^"\\]++|\\.|"{1,2}(?!"))*+"{3,5}'''  # up to two quotes may stand before the closing three
    r"""|'''(?:[^']++|'{1,2}(?!'))*+'{3,5}"""
    r"""|"(?:[^"\\]++|\\.)*+"|'[^']*+'|[^,\]}#\n]++""",
    re.DOTALL,
)


def scan(text: str, syntax: Syntax, deepest: int) -> Positions:
    """Return the positions of all values of a text.

    Parameters
    ----------
    text : str
        Text that the parser of `syntax` has accepted, with line feeds as its line ends (or accepted
        up to the point where it nests more than `deepest`).
    syntax : {"toml", "json"}
        Its syntax.
    deepest : int
        Nesting of brackets at which scanning stops.
    """
    scanner = _Scanner(text, syntax, deepest)
    if syntax == "json":
        scanner.value(_skip(_BLANK, text, 0), scanner.found.root)
    else:
        scanner.statements()
    return scanner.found


class _Scanner:
    """One pass over one text; `found` grows as it goes."""

    def __init__(self, text: str, syntax: Syntax, deepest: int) -> None:
        self.text = text
        self.decode = _json_key if syntax == "json" else _toml_key
        self.deepest = deepest
        self.found = Positions(Node(None, 0, len(text)))

    def statements(self) -> None:
        """Read a TOML document: headers and `key = value`."""
        table = self.found.root
        at = _skip(_BLANK, self.text, 0)
        while at < len(self.text) and self.found.too_deep is None:
            if self.text[at] == "[":
                table, at = self.header(at)
            else:
                node, at = self.assignment(at, table)
                at = self.value(at, node)
            at = _skip(_BLANK, self.text, at)

    def header(self, start: int) -> tuple[Node, int]:
        """Read `[a.b]` or `[[a.b]]`; return the table that it opens."""
        brackets = 2 if self.text.startswith("[[", start) else 1
        parts, at = self.keys(start + brackets)
        at = self.text.index("]", at) + brackets
        table = self.descend(self.found.root, parts[:-1])
        name, key = parts[-1]
        if brackets == 2:
            array = table.inside().setdefault(name, Node(key, start, at, is_array=True))
            table = array.inside()[len(array.inside())] = Node(key, start, at)
        else:
            table = table.inside().setdefault(name, Node(key, start, at))
            table.key, table.start, table.end = key, start, at
        return table, at

    def assignment(self, at: int, table: Node) -> tuple[Node, int]:
        """Read a key and its sign; return the node of its value and the value's offset."""
        parts, at = self.keys(at)
        table = self.descend(table, parts[:-1])
        name, key = parts[-1]
        if name in table.inside():
            self.found.repeated.append((key, name))
        node = table.inside()[name] = Node(key, key, key)
        return node, _skip(_BLANK, self.text, at + 1)

    def keys(self, at: int) -> tuple[list[tuple[str, int]], int]:
        """Read a dotted key; return its parts with their offsets, and the offset of what follows."""
        parts = []
        while True:
            start = _skip(_BLANK, self.text, at)
            end = _skip(_KEY, self.text, start)
            parts.append((self.decode(self.text[start:end]), start))
            at = _skip(_BLANK, self.text, end)
            if not self.text.startswith(".", at):
                return parts, at
            at += 1

    @staticmethod
    def descend(table: Node, parts: list[tuple[str, int]]) -> Node:
        """Return the table that the parts lead to, which may be the latest of an array of tables."""
        for name, key in parts:
            table = table.inside().setdefault(name, Node(key, key, key))
            if table.is_array:
                table = table.inside()[len(table.inside()) - 1]
        return table

    def value(self, at: int, node: Node) -> int:
        """Read one value with all that it contains; return the offset behind it."""
        # A list of open brackets, not recursion: the text decides the depth.
        unclosed: list[Node] = []
        while True:
            node.start = at
            if self.text[at] in "[{":
                node.is_array = self.text[at] == "["
                unclosed.append(node)
                at += 1
                if len(unclosed) > self.deepest:
                    self.found.too_deep = at - 1
                    return at
            else:
                end = _skip(_SCALAR, self.text, at)
                at = node.end = at + len(self.text[at:end].rstrip())
            at = self.close(at, unclosed)
            if not unclosed:
                return at
            table = unclosed[-1]
            if table.is_array:
                node = table.inside()[len(table.inside())] = Node(None, at, at)
            else:
                node, at = self.assignment(at, table)

    def close(self, at: int, unclosed: list[Node]) -> int:
        """Pass commas and closing brackets; return the offset of the next item."""
        while unclosed:
            at = _skip(_BLANK, self.text, at)
            if self.text[at] == ",":
                at = _skip(_BLANK, self.text, at + 1)
            if self.text[at] not in "]}":
                return at
            at += 1
            unclosed.pop().end = at
        return at


def _skip(pattern: re.Pattern[str], text: str, at: int) -> int:
    found = pattern.match(text, at)
    return found.end() if found else at


def _json_key(raw: str) -> str:
    return str(json.loads(raw))


def _toml_key(raw: str) -> str:
    if raw.startswith('"') and "\\" in raw:
        return str(tomllib.loads(f"key = {raw}")["key"])
    return raw[1:-1] if raw[:1] in ("'", '"') else raw

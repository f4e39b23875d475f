"""Documents written in every layout that their syntax allows, and the slow way to check a position."""

from __future__ import annotations

import json
import re
import tomllib
from datetime import date, datetime, time
from typing import TYPE_CHECKING, Any

from hypothesis import strategies as st

if TYPE_CHECKING:
    from random import Random

_TEXT = st.text(st.characters(exclude_categories=["Cs"]), max_size=8)
_KEYS = st.sampled_from(["tokens", "chips", "a", "b", "0", "-", "name", "", "a.b", 'q"', "it's", "é #", "x\ny"]) | _TEXT
_NUMBERS = st.integers(-(2**63), 2**63 - 1) | st.floats(allow_nan=False, allow_infinity=False) | st.booleans()
_TRICKY = st.sampled_from(['"', "''", "'''", '"""', "\\", "a]}", "#", ",", "\n\n", "= 1", "x\r\ny", "\t", "[[a]]"])
_DATES = st.dates() | st.datetimes() | st.times()


def _trees(leaves: st.SearchStrategy[Any]) -> st.SearchStrategy[dict[str, Any]]:
    values = st.recursive(
        leaves, lambda inner: st.lists(inner, max_size=4) | st.dictionaries(_KEYS, inner, max_size=4), max_leaves=12
    )
    return st.dictionaries(_KEYS, values, max_size=5)


json_trees = _trees(_NUMBERS | _TEXT | _TRICKY | st.none())
toml_trees = _trees(_NUMBERS | _TEXT | _TRICKY | _DATES)


def write_json(tree: object, random: Random) -> str:
    return json.dumps(
        tree,
        ensure_ascii=random.random() < 0.5,
        indent=random.choice([None, 0, 2, "\t"]),
        separators=random.choice([(",", ":"), (" , ", " : "), (",\n", ":\r")]),
    )


def write_toml(tree: dict[str, Any], random: Random) -> str:
    """Spell a tree in TOML, choosing anew at each value among the layouts that it can have."""
    return _Writer(random).table(tree, ())


class _Writer:
    def __init__(self, random: Random) -> None:
        self.random = random

    def table(self, table: dict[str, Any], path: tuple[str, ...]) -> str:
        """Write the keys of a table, then the tables below it under headers of their own."""
        lines, below = [], []
        for key, value in table.items():
            header = _is_table(value) or _is_list_of_tables(value)
            if header and self.random.random() < 0.5:
                below.append(self.headed(value, (*path, key)))
            else:
                lines.extend(self.assignments((key,), value))
        return "".join(lines) + "".join(below)

    def headed(self, value: Any, path: tuple[str, ...]) -> str:
        dotted = self.dotted(path)
        if isinstance(value, list):
            return "".join(f"{self.line(f'[[{dotted}]]')}{self.table(item, path)}" for item in value)
        nested_only = value and all(_is_table(item) and item for item in value.values())
        if nested_only and self.random.random() < 0.5:  # the header of the outer table may be left out
            return "".join(self.headed(item, (*path, key)) for key, item in value.items())
        return self.line(f"[{dotted}]") + self.table(value, path)

    def assignments(self, path: tuple[str, ...], value: Any) -> list[str]:
        if _is_table(value) and value and self.random.random() < 0.5:
            return [line for key, item in value.items() for line in self.assignments((*path, key), item)]
        return [self.line(f"{self.dotted(path)}{self.space()}={self.space()}{self.value(value)}")]

    def line(self, text: str) -> str:
        comment = self.random.choice(["", "", " # a = [1, {", "#"])
        return self.random.choice(["", "\n", "# x\n", "\t"]) + text + comment + self.random.choice(["\n", "\r\n"])

    def value(self, value: Any) -> str:
        if isinstance(value, dict):
            items = ("=".join((self.dotted((key,)) + self.space(), self.value(item))) for key, item in value.items())
            return "{" + self.space() + f"{self.space()},{self.space()}".join(items) + self.space() + "}"
        if isinstance(value, list):
            items = [self.blank() + self.value(item) + self.blank() for item in value]
            last = self.random.choice(["", ","]) if items else ""
            return "[" + ",".join(items) + last + self.blank() + "]"
        if isinstance(value, str):
            return self.text(value)
        if isinstance(value, (date, datetime, time)):
            return value.isoformat(**({"sep": self.random.choice("T ")} if isinstance(value, datetime) else {}))
        return json.dumps(value)

    def text(self, text: str) -> str:
        basic = json.dumps(text).replace("\x7f", "\\u007f")
        layouts = [_without_surrogate_pairs(basic, text)]
        if not re.search(r"[\x00-\x08\x0b-\x1f\x7f]", text):
            if "\n" not in text and "'" not in text:
                layouts.append(f"'{text}'")
            if "'''" not in text and not text.startswith("\n"):
                layouts.append(f"'''\n{text}'''")
            if "\\" not in text and '"""' not in text and not text.startswith("\n"):
                layouts.append(f'"""{text}"""')
        return self.random.choice([layout for layout in layouts if tomllib.loads(f"k={layout}")["k"] == text])

    def dotted(self, path: tuple[str, ...]) -> str:
        return self.random.choice([".", " . ", "\t."]).join(self.key(part) for part in path)

    def key(self, key: str) -> str:
        layouts = [_without_surrogate_pairs(json.dumps(key).replace("\x7f", "\\u007f"), key)]
        if re.fullmatch(r"[A-Za-z0-9_-]+", key):
            layouts.append(key)
        if not re.search(r"['\x00-\x08\x0a-\x1f\x7f]", key):
            layouts.append(f"'{key}'")
        return self.random.choice(layouts)

    def space(self) -> str:
        return self.random.choice(["", " ", " \t"])

    def blank(self) -> str:
        return self.random.choice(["", " ", "\n", "# ]\n", "\r\n\t"])


def _is_table(value: object) -> bool:
    return isinstance(value, dict)


def _is_list_of_tables(value: object) -> bool:
    return isinstance(value, list) and bool(value) and all(map(_is_table, value))


def _without_surrogate_pairs(basic: str, text: str) -> str:
    """TOML has no surrogate pairs: where JSON would write one, write the character itself."""
    return (
        basic
        if max(text, default="") < "\U00010000"
        else json.dumps(text, ensure_ascii=False).replace("\x7f", "\\u007f")
    )


def paths(value: object, path: tuple[str | int, ...] = ()) -> list[tuple[str | int, ...]]:
    """Return the path of everything inside a value."""
    items = value.items() if isinstance(value, dict) else enumerate(value) if isinstance(value, list) else ()
    return [found for key, item in items for found in [(*path, key), *paths(item, (*path, key))]]


def at(tree: Any, path: tuple[str | int, ...]) -> Any:
    for part in path:
        tree = tree[part]
    return tree


def starts_with_toml_key(text: str, name: str) -> bool:
    """Return whether a TOML key of this name stands at the beginning of a text, by trying every length."""
    for length in range(1, len(text) + 1):
        try:
            if tomllib.loads(text[:length] + " = 1") == {name: 1}:
                return True
        except tomllib.TOMLDecodeError:
            continue
    return False

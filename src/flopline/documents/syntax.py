"""TOML or JSON text to a checked tree."""

from __future__ import annotations

import json
import math
import re
import tomllib
from itertools import islice
from typing import TYPE_CHECKING, Any, Final

from flopline.documents.document import DEEPEST, Document, Path, Syntax, plain
from flopline.errors import Diagnostic, DocumentError, Place

if TYPE_CHECKING:
    from collections.abc import Callable, Collection, Iterator

LARGEST: Final = 1023
"""Bits of an integer that a double surely holds."""

MOST: Final = 100
"""Problems of one document that are reported; a file with more is not the right file."""

# tomllib takes time quadratic in the parts of a dotted key, so such keys are refused before it sees them.
_PART: Final = r"""[ \t]*+(?:[A-Za-z0-9_-]++|"(?:[^"\\\n]++|\\.)*+"|'[^'\n]*+')[ \t]*+"""
_LONG_KEY: Final = rf"(?m)(?:^|[{{{{,])[ \t]*+\[{{0,2}}+(?:{_PART}\.){{{DEEPEST}}}"
_LONG_INTEGER: Final = r"(?<![\w.])[0-9][0-9_]{4299}"


def parse(text: str, name: str, syntax: Syntax, unbounded: Collection[str] = ()) -> Document:
    """Return the document that a text spells.

    Parameters
    ----------
    text : str
        The text; a byte order mark and Windows line ends are allowed.
    name : str
        What to call it in messages, usually its file.
    syntax : {"toml", "json"}
        Its syntax.
    unbounded : collection of str
        Keys under which a positive infinity may stand: published configurations write one for "no limit".

    Raises
    ------
    DocumentError
        For text that breaks the syntax; for a key given twice, NaN, infinities, integers outside the range of
        a double, lone surrogates, nesting deeper than `DEEPEST`, and anything but a table on top. Carries
        the place of each.
    """
    repeats: list[str] = []
    tree = _toml(text, name) if syntax == "toml" else _json(text, name, repeats)
    if not isinstance(tree, dict):
        message = f"`{name}` holds {_kind(tree)}, where an object with keys belongs"
        raise DocumentError(message, place=Place(name), hint="it starts with `{` and ends with `}`", code="E104")
    document = Document(tree, name, text, syntax)
    problems = _repeated(document) if repeats else _unusable(document, unbounded)
    if problems:
        raise DocumentError.of(problems)
    return document


def _toml(text: str, name: str) -> dict[str, Any]:
    source = plain(text)
    if source.count(".") >= DEEPEST and (found := re.search(_LONG_KEY, source)):
        raise _too_deep(_place(source, name, found.start()))
    try:
        return tomllib.loads(source)
    except tomllib.TOMLDecodeError as error:
        from flopline.documents.explanations import explain_toml

        raise DocumentError.of([explain_toml(str(error), source, name)]) from None
    except RecursionError:
        raise _too_deep(Document({}, name, text, "toml").too_deep()) from None
    except ValueError:
        raise _too_long(source, name) from None


def _json(text: str, name: str, repeats: list[str]) -> object:
    source = plain(text)

    def table(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
        built = dict(pairs)
        if len(built) < len(pairs):
            repeats.append(name)
        return built

    try:
        return json.loads(source, object_pairs_hook=table)
    except json.JSONDecodeError as error:
        from flopline.documents.explanations import explain_json

        raise DocumentError.of([explain_json(error, name)]) from None
    except RecursionError:
        raise _too_deep(Document({}, name, text, "json").too_deep()) from None
    except ValueError:
        raise _too_long(source, name) from None


def _repeated(document: Document) -> list[Diagnostic]:
    return [
        Diagnostic("E105", f"the key `{name}` stands twice in one object", place, "leave one of them out")
        for name, place in document.repeated()[:MOST]
    ]


def _unusable(document: Document, unbounded: Collection[str]) -> list[Diagnostic]:
    """Return the values of a tree that no later layer should have to expect, in the order of the text."""
    found = [
        Diagnostic(problem.code, problem.message, document.place(path), problem.hint)
        for path, problem in islice(_problems(document.tree, unbounded), MOST)
    ]
    return sorted(found, key=_order)


def _problems(tree: dict[str, Any], unbounded: Collection[str]) -> Iterator[tuple[Path, Diagnostic]]:
    # A list, not recursion: the text decides the depth.
    pending: list[tuple[Path, Any]] = [((), tree)]
    while pending:
        path, table = pending.pop()
        if len(path) > DEEPEST:
            yield path[:-1], _TOO_DEEP
            continue
        for key, value in table.items() if isinstance(table, dict) else enumerate(table):
            if type(key) is str and (problem := _text_problem(key)):
                yield (*path, key), problem
            kind = type(value)
            if kind is dict or kind is list:
                pending.append(((*path, key), value))
            elif (
                (check := _CHECKS.get(kind))
                and (problem := check(value))
                and not (value == math.inf and any(part in unbounded for part in (*path, key)))
            ):
                yield (*path, key), problem


def _order(diagnostic: Diagnostic) -> tuple[int, int]:
    place = diagnostic.place or Place()
    return place.line or 0, place.column or 0


_SURROGATE: Final = Diagnostic(
    "E103", "this text holds half a character (a lone surrogate)", hint="write the character itself"
)
_TOO_DEEP: Final = Diagnostic("E106", f"this nests deeper than {DEEPEST} levels", hint="is this the right file?")
_NOT_FINITE: Final = Diagnostic(
    "E107", "this is not a finite number", hint="leave the key out if the number is unknown"
)
_TOO_LARGE: Final = Diagnostic("E107", "this number is too large", hint="write it like `3.8e25`")


def _text_problem(text: str) -> Diagnostic | None:
    return _SURROGATE if not text.isascii() and _is_broken(text) else None


def _float_problem(number: float) -> Diagnostic | None:
    return None if math.isfinite(number) else _NOT_FINITE


def _integer_problem(number: int) -> Diagnostic | None:
    return _TOO_LARGE if number.bit_length() > LARGEST else None


_CHECKS: Final[dict[type, Callable[[Any], Diagnostic | None]]] = {
    str: _text_problem,
    float: _float_problem,
    int: _integer_problem,
}


def _is_broken(text: str) -> bool:
    """Return whether a text holds a lone surrogate, which no file or screen can show."""
    try:
        text.encode()
    except UnicodeEncodeError:
        return True
    return False


def _too_deep(place: Place | None) -> DocumentError:
    return DocumentError(_TOO_DEEP.message, place=place, hint=_TOO_DEEP.hint, code=_TOO_DEEP.code)


def _too_long(source: str, name: str) -> DocumentError:
    found = re.search(_LONG_INTEGER, source)
    message = "this number has too many digits"
    place = _place(source, name, found.start()) if found else Place(name)
    return DocumentError(message, place=place, hint="write it like `3.8e25`", code="E107")


def _place(source: str, name: str, offset: int) -> Place:
    start = source.rfind("\n", 0, offset) + 1
    line = source[start:].split("\n", 1)[0]
    return Place(name, source.count("\n", 0, start) + 1, offset - start + 1, line)


def _kind(value: object) -> str:
    names = {list: "a list", str: "a text", bool: "a truth value", type(None): "nothing (`null`)"}
    return names.get(type(value), "a number")

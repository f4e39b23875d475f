"""What the parsers' complaints mean for the person who wrote the file."""

from __future__ import annotations

import re
from dataclasses import replace
from typing import TYPE_CHECKING, Final

from flopline.errors import Diagnostic, Place

if TYPE_CHECKING:
    import json

_WHERE: Final = re.compile(r"(.*) \(at (?:line (\d+), column (\d+)|end of document)\)", re.DOTALL)
_ASSIGNMENT: Final = re.compile(r"[ \t]*+([A-Za-z0-9_.-]++)[ \t]*+=[ \t]*+")
LONGEST: Final = 40
"""Characters of the user's text that a message repeats."""

_WORDS: Final = {
    "true": "write `true`",
    "false": "write `false`",
    "none": "leave the key out where there is no value",
    "null": "leave the key out where there is no value",
}

# Beginnings of tomllib's messages, with our words and a hint; the first that fits is taken.
_TOML: Final = (
    ("Expected newline or end of document", "this line says more than one value", None),
    ("Invalid value", "this is not a TOML value", None),
    ("Invalid statement", "this is neither `key = value` nor a `[table]`", None),
    ("Expected '=' after a key", "a key is followed by `=`", None),
    ("Invalid initial character for a key part", "a key is missing here", "write `key = value`"),
    ("Cannot overwrite a value", "a key stands twice in this table", "leave one of them out"),
    ("Duplicate inline table key", "a key stands twice in this table", "leave one of them out"),
    ("Cannot declare", "this table stands twice", "several of one kind are written `[[stage]]`, each"),
    (
        "Cannot mutate immutable namespace",
        "this table is complete already",
        "add its keys where it is written",
    ),
    ("Cannot redefine namespace", "this table stands twice", "leave one of them out"),
    ("Illegal character '\\n'", "the text in quotes does not end on its line", 'close it with `"`'),
    ('Expected "\'"', "the text in quotes does not end on its line", "close it with `'`"),
    ("Unterminated string", "the text in quotes does not end", 'close it with `"`'),
    ("Expected \"'''\"", "the text in quotes does not end", "close it with `'''`"),
    ("Unclosed array", "this list does not end", "close it with `]`, and put commas between its items"),
    (
        "Unclosed inline table",
        "this table does not end",
        "close it with `}`, and put commas between its keys",
    ),
    ("Expected ']' at the end of a table", "the table's name does not end", "close it with `]`"),
    ("Expected ']]' at the end of an array", "the table's name does not end", "close it with `]]`"),
    (
        "Unescaped '\\' in a string",
        "`\\` has a meaning of its own in double quotes",
        "use single quotes: `'...'`",
    ),
)

# What people write that JSON lacks.
_JSON: Final = (
    (("'",), 'JSON knows double quotes only: `"..."`'),
    (("//", "/*", "#"), "JSON has no comments"),
    (("True", "False", "None"), "JSON writes `true`, `false` and `null`"),
)


def explain_toml(complaint: str, source: str, name: str) -> Diagnostic:
    """Return the diagnostic for a complaint of `tomllib`, whose only position is in its words.

    Parameters
    ----------
    complaint : str
        Its message.
    source : str
        The text that it was given.
    name : str
        The file's name.
    """
    found = _WHERE.fullmatch(complaint)
    said = found[1] if found else complaint
    place = _place(source, name, int(found[2]), int(found[3])) if found and found[2] else _end(source, name)
    if said.startswith(("Invalid value", "Expected newline")) and (value := _bare_value(place)):
        return value
    for beginning, message, hint in _TOML:
        if said.startswith(beginning):
            return Diagnostic("E104", message, place, hint or _line_hint(place))
    return Diagnostic("E104", said[:1].lower() + said[1:], place)


def explain_json(error: json.JSONDecodeError, name: str) -> Diagnostic:
    """Return the diagnostic for a complaint of `json`."""
    source, at, said = error.doc, error.pos, error.msg.removesuffix(" at")
    if not source.strip():
        return Diagnostic("E104", f"`{name}` is empty", Place(name))
    before = source[:at].rstrip()
    if said.startswith("Illegal trailing comma") or (before.endswith(",") and source.startswith(("]", "}"), at)):
        # Python versions differ on whether they point at the comma or behind it.
        comma = at if source.startswith(",", at) else len(before) - 1
        message, hint = "a comma stands before the closing bracket", "leave it out"
        return Diagnostic("E104", message, _place_of(source, name, comma), hint)
    return Diagnostic("E104", said[:1].lower() + said[1:], _place_of(source, name, at), _json_hint(said, source, at))


def _json_hint(said: str, source: str, at: int) -> str | None:
    for beginnings, hint in _JSON:
        if source.startswith(beginnings, at):
            return hint
    if said.startswith("Expecting ',' delimiter"):
        return "put a comma between the values, or close the bracket"
    return "one file holds one object" if said.startswith("Extra data") else None


def _bare_value(place: Place) -> Diagnostic | None:
    """Return the diagnostic of a line that reads like `tokens = 17T..22T`."""
    text = place.text or ""
    found = _ASSIGNMENT.match(text)
    if found is None:
        return None
    key, value = found[1], text[found.end() :].partition("#")[0].strip()
    at = replace(place, column=found.end() + 1)
    if not value:
        return Diagnostic("E104", f"`{key}` has no value", at, "write one, or leave the line out")
    shown = value if len(value) <= LONGEST else value[:LONGEST] + "..."
    message = f"`{shown}` is not a TOML value"
    if value.lower() in _WORDS:
        return Diagnostic("E104", message, at, _WORDS[value.lower()])
    if shown != value or any(mark in value for mark in "\"'[]{}\\"):
        return Diagnostic("E104", message, at, "a text stands in quotes")
    return Diagnostic("E104", message, at, f'a text stands in quotes: `{key} = "{value}"`')


def _line_hint(place: Place) -> str | None:
    text = place.text or ""
    if text.lstrip().startswith("{"):
        return "this looks like JSON: name the file `.json`"
    colon = re.fullmatch(r"\s*+([A-Za-z0-9_.-]++)\s*+:.*", text)
    return f"TOML is written `{colon[1]} = ...`" if colon else "write `key = value`"


def _place(source: str, name: str, line: int, column: int) -> Place:
    lines = source.split("\n")
    text = lines[line - 1] if line <= len(lines) else ""
    return Place(name, line, column, text)


def _place_of(source: str, name: str, offset: int) -> Place:
    start = source.rfind("\n", 0, offset) + 1
    return _place(source, name, source.count("\n", 0, offset) + 1, offset - start + 1)


def _end(source: str, name: str) -> Place:
    """Return the last place where the text still says something."""
    said = source.rstrip()
    line = said.count("\n") + 1
    text = said[said.rfind("\n") + 1 :]
    return Place(name, line, len(text) + 1 if text else 1, text)

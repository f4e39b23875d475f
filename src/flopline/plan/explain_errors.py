"""A validation error of pydantic in the plan's own words: the key, what was expected, what to type."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from flopline.documents import Document, suggestion_hint
from flopline.errors import Diagnostic
from flopline.plan.base import Base
from flopline.plan.model import Alternative, OtherModel, Period, Plan, PlanModel, Speculation, Stage
from flopline.plan.options import Options
from flopline.plan.references import Correlation, Lora
from flopline.regimes import Developer, OpenSource

if TYPE_CHECKING:
    from pydantic import BaseModel
    from pydantic_core import ErrorDetails

    from flopline.plan.checks import Path_

_TABLES: dict[str, type[BaseModel]] = {
    "stage": Stage, "model": PlanModel, "developer": Developer, "base": Base, "merges": Base, "period": Period,
    "either": Alternative,
    "lora": Lora,
    "correlation": Correlation, "teacher": OtherModel, "reward_model": OtherModel, "reference": OtherModel,
    "critic": OtherModel, "generator": OtherModel, "judge": OtherModel, "draft": OtherModel,
    "speculative": Speculation, "open_source": OpenSource, "options": Options,
}  # fmt: skip
_EXPECTED = {
    "bool_type": "`true` or `false`",
    "int_type": "a whole number",
    "int_from_float": "a whole number",
    "string_type": "text in quotes",
    "float_type": "a number",
    "tuple_type": "a list",
    "list_type": "a list",
    "dict_type": "a table",
    "model_type": "a table",
    "model_attributes_type": "a table",
    "date_type": "a date such as 2026-11-22",
    "date_from_datetime_parsing": "a date such as 2026-11-22",
    "date_parsing": "a date such as 2026-11-22",
    "date_from_datetime_inexact": "a date such as 2026-11-22",
}
_BOUNDS = {
    "greater_than_equal": ("at least", "ge"), "less_than_equal": ("at most", "le"),
    "greater_than": ("more than", "gt"), "less_than": ("less than", "lt"),
}  # fmt: skip

_WORDS = ("own", "unknown")
"""Fields that words stand for: nobody writes them as keys."""
_LONG_NUMBER = 10_000
"""Bits above which a whole number is not shown."""


def keys_of(path: Path_) -> tuple[str, ...]:
    """Return the keys that the table at this path may have."""
    names = [part for part in path if isinstance(part, str)]
    table = Base if names[:-1] == ["base"] else _TABLES.get(names[-1], Plan) if names else Plan
    return tuple(sorted(field.alias or name for name, field in table.model_fields.items() if name not in _WORDS))


def diagnostic_of(error: ErrorDetails | dict[str, Any], document: Document, path: Path_) -> Diagnostic:
    """Return one pydantic error as a diagnostic with its place."""
    if path[-1:] == ("[key]",):  # the name of a key is refused, not its value
        return _wrong_name(document, path[:-1])
    kind, key = str(error["type"]), _called(path)
    if kind == "extra_forbidden":
        keys = keys_of(path[:-1])
        near = suggestion_hint(key, keys) or f"known keys: {', '.join(keys)}"
        return Diagnostic("E301", f"unknown key `{_shown(key)}`", document.place(path, key=True), near)
    if kind == "missing" and isinstance(path[-1], str):
        return Diagnostic("E302", f"`{key}` is missing", document.place(path[:-1], key=True), _missing_hint(path))
    code, message, hint = _wrong_value(kind, key, error)
    return Diagnostic(code, message, document.place(path), hint)


def _called(path: Path_) -> str:
    """Return the key that a path leads to; items of a list are called by their list."""
    return next((part for part in reversed(path) if isinstance(part, str)), "plan")


def _wrong_name(document: Document, path: Path_) -> Diagnostic:
    table, name = _called(path[:-1]), str(path[-1])
    expected = {"revenue": ("a year", '{ 2025 = "620M USD" }')}
    what, example = expected.get(table, ("a jurisdiction", '{ eu = "yes", us-ca = "unknown" }'))
    message = f"`{_shown(name)}` is not {what}"
    return Diagnostic("E303", message, document.place(path, key=True), f"write {table} = {example}")


def _wrong_value(kind: str, key: str, error: ErrorDetails | dict[str, Any]) -> tuple[str, str, str | None]:
    """Return code, message and hint for a value that is there and not what belongs there."""
    found, context = _shown(error["input"]), error.get("ctx", {})
    if key == "schema":
        return "E303", f"this version reads `schema = 1`, found `{found}`", "write schema = 1"
    if key == "name" and kind == "string_pattern_mismatch":
        message = f"`{found}` is not a name: letters, digits, `-` and `_`, at most 64, the first a letter or digit"
        return "E305", message, 'give it a name, such as name = "pretrain"'
    if key == "between" and kind in ("missing", "too_long"):
        return "E304", "`between` needs two names of quantities", 'between = ["pretrain.tokens", "model.params"]'
    if kind in ("literal_error", "enum"):
        choices = [word.strip(" '") for word in str(context["expected"]).replace(" or ", ", ").split(",")]
        if "yes" in choices:
            message = f"`{key}` is answered by {', '.join(choices)}, found `{found}`"
            return "E303", message, _answer(error["input"])
        near = suggestion_hint(str(error["input"]), choices) or f"one of {', '.join(choices)}"
        return "E303", f"`{found}` is not a `{key}`", near
    if kind in _EXPECTED:
        return "E304", f"`{key}` must be {_EXPECTED[kind]}, found `{found}`", None
    if kind in _BOUNDS:
        words, bound = _BOUNDS[kind]
        return "E305", f"`{key}` must be {words} {context[bound]}, found `{found}`", None
    if kind in ("too_long", "too_short"):
        words = f"at most {context['max_length']}" if kind == "too_long" else f"at least {context['min_length']}"
        return "E305", f"`{key}` has {context['actual_length']} items, where {words} can stand", None
    if kind == "string_too_long":
        return "E305", f"`{key}` is longer than {context['max_length']} characters", None
    if kind == "string_too_short":
        return "E305", f"`{key}` is empty", None
    text = str(error["msg"]).removeprefix("Value error, ").rstrip(".")
    return "E305", f"`{key}`: {text[:1].lower()}{text[1:]}", None


def _missing_hint(path: tuple[str | int, ...]) -> str | None:
    hints = {
        "stage": 'add a [[stage]] table: name, kind and an amount, such as tokens = "15T"',
        "name": 'give it a name, such as name = "pretrain"',
        "kind": 'say what it is, such as kind = "pretraining"',
        "probability": 'how likely it is this one, such as probability = "70%"',
        "developer": 'developer = "own" or "other": laws count the two differently',
    }
    return hints.get(str(path[-1])) if path else None


def _answer(found: object) -> str | None:
    """Return the answer that `true` or `false` stand for."""
    return f'write "{"yes" if found else "no"}"' if isinstance(found, bool) else None


def _shown(value: object) -> str:
    if isinstance(value, int) and value.bit_length() > _LONG_NUMBER:  # Python refuses to write it out
        return "a number of thousands of digits"
    text = str(value).lower() if isinstance(value, bool) else str(value)
    return text if len(text) <= 40 else text[:37] + "..."

"""A validation error of pydantic in the plan's own words: the key, what was expected, what to type."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from flopline.documents import Document, suggestion_hint
from flopline.errors import Diagnostic
from flopline.plan.model import Base, OtherModel, Period, Plan, PlanModel, Stage
from flopline.plan.references import Correlation, Lora
from flopline.regimes import Developer

if TYPE_CHECKING:
    from pydantic import BaseModel
    from pydantic_core import ErrorDetails

_TABLES: dict[str, type[BaseModel]] = {
    "stage": Stage, "model": PlanModel, "developer": Developer, "base": Base, "period": Period, "lora": Lora,
    "correlation": Correlation, "teacher": OtherModel, "reward_model": OtherModel, "reference": OtherModel,
    "critic": OtherModel, "generator": OtherModel,
}  # fmt: skip
_EXPECTED = {
    "bool_type": "`true` or `false`",
    "int_type": "a whole number",
    "int_from_float": "a whole number",
    "string_type": "text in quotes",
    "float_type": "a number",
    "tuple_type": "a list",
    "dict_type": "a table",
    "model_type": "a table",
    "model_attributes_type": "a table",
    "date_type": "a date such as 2026-11-22",
    "date_from_datetime_parsing": "a date such as 2026-11-22",
    "date_parsing": "a date such as 2026-11-22",
    "date_from_datetime_inexact": "a date such as 2026-11-22",
}


def keys_of(path: tuple[str | int, ...]) -> tuple[str, ...]:
    """Return the keys that the table at this path may have."""
    names = [part for part in path if isinstance(part, str)]
    table = _TABLES.get(names[-1], Plan) if names else Plan
    return tuple(sorted(field.alias or name for name, field in table.model_fields.items()))


def diagnostic_of(
    error: ErrorDetails | dict[str, Any], document: Document, path: tuple[str | int, ...]
) -> Diagnostic:
    """Return one pydantic error as a diagnostic with its place."""
    kind, key = str(error["type"]), str(path[-1]) if path else "plan"
    if kind == "extra_forbidden":
        keys = keys_of(path[:-1])
        message = f"unknown key `{key}`"
        hint = suggestion_hint(key, keys) or f"known keys: {', '.join(keys)}"
        return Diagnostic("E301", message, document.place(path, key=True), hint)
    if kind == "missing":
        message = f"`{key}` is missing"
        return Diagnostic("E302", message, document.place(path[:-1], key=True), _missing_hint(path))
    place = document.place(path)
    if kind in ("literal_error", "enum"):
        expected = str(error["ctx"]["expected"]).replace(" or ", ", ").replace("'", "")
        choices = [choice.strip() for choice in expected.split(",")]
        message = f"`{_shown(error['input'])}` is not a `{key}`"
        hint = suggestion_hint(str(error["input"]), choices) or f"one of {', '.join(choices)}"
        return Diagnostic("E303", message, place, hint)
    if kind in _EXPECTED:
        message = f"`{key}` must be {_EXPECTED[kind]}, found `{_shown(error['input'])}`"
        return Diagnostic("E304", message, place)
    text = str(error["msg"]).removeprefix("Value error, ")
    message = f"`{key}`: {text[:1].lower()}{text[1:]}".replace("greater than", "more than")
    return Diagnostic("E305", message.rstrip("."), place)


def _missing_hint(path: tuple[str | int, ...]) -> str | None:
    hints = {
        "stage": 'add a [[stage]] table: name, kind and an amount, such as tokens = "15T"',
        "name": 'give it a name, such as name = "pretrain"',
        "kind": 'say what it is, such as kind = "pretraining"',
        "developer": 'developer = "own" or "other": laws count the two differently',
    }
    return hints.get(str(path[-1])) if path else None


def _shown(value: object) -> str:
    text = str(value)
    return text if len(text) <= 40 else text[:37] + "..."

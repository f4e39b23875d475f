"""What pydantic refuses about a distribution, in flopline's words."""

from __future__ import annotations

from difflib import get_close_matches
from typing import TYPE_CHECKING

from flopline.errors import Diagnostic, QuantityError

if TYPE_CHECKING:
    from pydantic import ValidationError
    from pydantic_core import ErrorDetails


def as_quantity_error(error: ValidationError, name: str, keys: tuple[str, ...]) -> QuantityError:
    """Return the error that says what is wrong with the fields of a distribution.

    Parameters
    ----------
    error : ValidationError
        What pydantic found.
    name : str
        The family's name.
    keys : tuple of str
        The keys that the family has.

    Returns
    -------
    QuantityError
        One diagnostic for each thing found.
    """
    found = [part for detail in error.errors(include_url=False) for part in _diagnostics(detail, name, keys)]
    refusal = QuantityError(found[0].message)
    refusal.diagnostics = tuple(found)
    return refusal


def _diagnostics(detail: ErrorDetails, name: str, keys: tuple[str, ...]) -> tuple[Diagnostic, ...]:
    cause = detail.get("ctx", {}).get("error")
    if isinstance(cause, QuantityError):
        return cause.diagnostics
    key = ".".join(str(part) for part in detail["loc"]) or name
    if detail["type"] == "missing":
        return (Diagnostic(QuantityError.default_code, f"`{key}` is missing from {name}"),)
    if detail["type"] == "extra_forbidden":
        return (unknown_key(key, name, keys),)
    return (Diagnostic(QuantityError.default_code, f"`{key}` of {name} {_reason(detail)}"),)


def _reason(detail: ErrorDetails) -> str:
    """Return what is wrong with a value, with limits in short: pydantic writes 1e-100 with all its zeros."""
    limits = detail.get("ctx", {})
    for name, words in (("ge", "at least"), ("gt", "above"), ("le", "at most"), ("lt", "below")):
        if name in limits:
            positive = name in {"ge", "gt"} and limits[name] >= 0 and detail["input"] <= 0
            return "is not positive" if positive else f"is not {words} {limits[name]:g}"
    return "is wrong: " + detail["msg"][:1].lower() + detail["msg"][1:]


def unknown_key(key: str, name: str, keys: tuple[str, ...]) -> Diagnostic:
    """Return the diagnostic for a key that a distribution does not have, with the closest one that it has."""
    near = get_close_matches(key, keys, n=1)
    hint = f"did you mean `{near[0]}`?" if near else f"it has {', '.join(f'`{known}`' for known in keys)}"
    shown = key if key.isprintable() and len(key) <= 40 else "..."
    return Diagnostic(QuantityError.default_code, f"`{shown}` is not a key of {name}", hint=hint)

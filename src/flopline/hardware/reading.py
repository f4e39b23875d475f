"""One profile file as a `Profile`, or as everything that is wrong with it."""

from __future__ import annotations

import tomllib
from dataclasses import replace
from typing import TYPE_CHECKING, Any

from pydantic import ValidationError

from flopline.errors import Diagnostic, FloplineError, HardwareError, Place
from flopline.hardware.clouds import Cloud
from flopline.hardware.profile import Headline, Peak, Physics, Profile
from flopline.hardware.surroundings import Link, Measured, Memory, Network, Power, Price
from flopline.provenance import Source

if TYPE_CHECKING:
    from collections.abc import Mapping
    from pathlib import Path

    from pydantic_core import ErrorDetails

    from flopline.documents import Document

_OWN = ("id", "origin", "replaces")
_MODELS = (Profile, Peak, Headline, Memory, Link, Network, Power, Measured, Price, Physics, Source)


def read_shipped(path: Path) -> Profile:
    """Return a profile of the shipped catalogue, which needs no positions: its tests found the slips."""
    return _build(tomllib.loads(path.read_text("utf-8")), path, "catalogue", None, replaces=False)


def read_profile(path: Path, *, replaces: bool = False) -> Profile:
    """Return the profile in one file of the user's.

    Raises
    ------
    HardwareError
        If it is not a profile: every problem at once, each with file, line and key.
    """
    from flopline.documents import read  # positions matter only for files that people edit

    try:
        document = read(path)
    except FloplineError as error:
        raise HardwareError.of(error.diagnostics) from error
    return _build(document.tree, path, str(path), document, replaces=replaces)


def cloud_of(document: Document, path: Path) -> Cloud:
    """Return the instance types in a file that has been read.

    Raises
    ------
    HardwareError
        If it has another form: every problem at once, each with file, line and key.
    """
    try:
        return Cloud.model_validate(document.tree)
    except ValidationError as error:
        raise HardwareError.of(_diagnostic(e, document, path) for e in error.errors()) from error


def _build(tree: Mapping[str, Any], path: Path, origin: str, document: Document | None, *, replaces: bool) -> Profile:
    taken = next((key for key in _OWN if key in tree), None)
    if taken is not None:
        message = f"`{taken}` is not written in a profile: the file's name is the id"
        raise HardwareError(message, code="E507", place=_place(document, path, (taken,)))
    own = {"id": path.stem, "origin": origin, "replaces": replaces}
    try:
        return Profile.model_validate({**tree, **own})
    except ValidationError as error:
        raise HardwareError.of(_diagnostic(e, document, path) for e in error.errors()) from error


def diagnostics_of(error: ValidationError) -> list[Diagnostic]:
    """Return what is wrong with a table that stands inside another document, placed by its own keys alone."""
    return [
        _described(one, Place(key=".".join(map(str, one["loc"]))) if one["loc"] else None) for one in error.errors()
    ]


def _diagnostic(error: ErrorDetails, document: Document | None, path: Path) -> Diagnostic:
    return _described(error, _place(document, path, error["loc"], key=error["type"] == "extra_forbidden"))


def _described(error: ErrorDetails, place: Place | None) -> Diagnostic:
    cause = error.get("ctx", {}).get("error")
    if isinstance(cause, FloplineError):
        return replace(cause.diagnostics[0], code="E507", place=place)
    return Diagnostic("E507", _words(error, cause), place, _hint(error))


def _words(error: ErrorDetails, cause: object) -> str:
    key = ".".join(str(step) for step in error["loc"])
    if error["type"] == "extra_forbidden":
        return f"`{key}` is not a key of a profile"
    if error["type"] == "missing":
        return f"`{key}` is missing"
    if cause is not None:
        return str(cause)
    return f"`{key}`: {error['msg'][0].lower()}{error['msg'][1:]}" if key else error["msg"]


def _hint(error: ErrorDetails) -> str | None:
    if error["type"] == "extra_forbidden":
        from flopline.documents import suggestion_hint

        known = {key for model in _MODELS for key in model.model_fields if key not in _OWN}
        return suggestion_hint(str(error["loc"][-1]), known)
    if error["loc"] and error["loc"][-1] in ("source", "sources"):
        return 'write `source = ["mine"]`, and describe it in `[sources.mine]` by `cite` and `grade`'
    return None


def _place(document: Document | None, path: Path, where: tuple[str | int, ...], key: bool = False) -> Place:
    if document is None:
        return Place(file=str(path), key=".".join(map(str, where)) or None)
    return document.place(where, key=key)

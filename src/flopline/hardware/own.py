"""A chip that a plan describes itself: another chip with values of its own, or one from nothing."""

from __future__ import annotations

import re
import tomllib
from collections.abc import Mapping
from typing import TYPE_CHECKING, Any, Final

from pydantic import ValidationError

from flopline.errors import HardwareError, Place
from flopline.hardware.catalogue import LONGEST_ID, file_of
from flopline.hardware.profile import Profile
from flopline.hardware.reading import diagnostics_of

if TYPE_CHECKING:
    from collections.abc import Sequence
    from pathlib import Path

PLAN: Final = {"cite": "this plan", "grade": "read"}
"""The source of what a plan says of its own chips."""
_OWN_SOURCE: Final = "plan"
_ID: Final = r"[a-z0-9]+(-[a-z0-9]+)*"


def own_profile(name: str, table: object, search_path: Sequence[Path] = ()) -> Profile:
    """Return the chip under `[hardware.<name>]` of a plan.

    Parameters
    ----------
    name : str
        Its id inside the plan.
    table : mapping
        `like` names the chip that it starts from; all other keys are those of a profile. What stands here has the plan
        as its source unless it names another.

    Raises
    ------
    HardwareError
        If it is not a profile: every problem at once, placed by the key inside the table.
    """
    if not re.fullmatch(_ID, name) or len(name) > LONGEST_ID:
        message = f"`{name[:60]}` is no id of a chip: lower-case letters and digits, with dashes between them"
        raise HardwareError(message, code="E507", hint="such as [hardware.our-h100]")
    if not isinstance(table, Mapping):
        message = f"`{name}` must be a table that describes a chip"
        raise HardwareError(message, code="E507", hint='write [hardware.our-h100] and like = "h100-sxm" under it')
    written = dict(table)
    like = written.pop("like", None)
    tree = _merged(_start(like, search_path), written)
    own = {"id": name, "origin": "this plan", "replaces": file_of(name) is not None}
    for key in own:
        if key in table:
            message = f"`{key}` is not written in a plan's chip: its id is the name of its table"
            raise HardwareError(message, code="E507", place=Place(key=key))
    try:
        return Profile.model_validate({**tree, **own})
    except ValidationError as error:
        raise HardwareError.of(diagnostics_of(error)) from error


def _start(like: object, search_path: Sequence[Path]) -> dict[str, Any]:
    """Return the table of the chip that another starts from, without the names that are its alone."""
    if like is None:
        return {}
    if not isinstance(like, str):
        message = "`like` is the id of a chip"
        raise HardwareError(message, code="E507", place=Place(key="like"), hint='write like = "h100-sxm"')
    path = file_of(like, search_path)
    if path is None:
        message = f"`{like[:60]}` is not the id of a chip of the catalogue"
        hint = "`flopline hardware list` shows all; here the id itself is needed"
        raise HardwareError(message, code="E501", place=Place(key="like"), hint=hint)
    tree = tomllib.loads(path.read_text("utf-8"))
    return {key: value for key, value in tree.items() if key not in ("aliases", "families", "physics", "unchecked")}


def _merged(start: dict[str, Any], written: dict[str, Any]) -> dict[str, Any]:
    """Return a profile's table with what the plan writes in the place of what was there."""
    tree = {**start, **{key: value for key, value in written.items() if not isinstance(value, Mapping)}}
    for key, value in written.items():
        if not isinstance(value, Mapping):
            continue
        before = tree.get(key, {})
        if key == "peaks":
            tree[key] = {**before, **{name: _changed(before.get(name, {}), peak) for name, peak in value.items()}}
        elif key == "sources":
            tree[key] = {**before, **value}
        else:
            tree[key] = _changed(before, value)
    # What was measured, or rated with a server, is of the other chip's power.
    for key, stale in (("server", ("measured",)), ("power", ("measured", "server"))):
        if key in written:
            tree = {name: value for name, value in tree.items() if name not in stale or name in written}
    tree.setdefault("source", [_OWN_SOURCE])
    cited = _cited(tree)
    sources = {**tree.get("sources", {}), _OWN_SOURCE: PLAN}
    inherited = set(start.get("sources", {})) | {_OWN_SOURCE}
    tree["sources"] = {key: value for key, value in sources.items() if key in cited or key not in inherited}
    return tree


def _changed(before: Mapping[str, Any], value: object) -> object:
    """Return one table with new values; bounds and remarks of the old ones go, the advertised headline stays."""
    if not isinstance(value, Mapping):
        return value
    kept = {key: old for key, old in before.items() if key not in ("low", "best", "high", "remark", "source")}
    return {**kept, "source": [_OWN_SOURCE], **value}


def _cited(tree: Mapping[str, Any]) -> set[str]:
    tables: list[object] = [tree, *tree.values()]
    peaks = tree.get("peaks")
    tables += list(peaks.values()) if isinstance(peaks, Mapping) else []
    found = [table.get("source") for table in tables if isinstance(table, Mapping)]
    return {key for source in found if isinstance(source, list) for key in source if isinstance(key, str)}

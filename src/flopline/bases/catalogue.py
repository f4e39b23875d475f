"""The shipped models that others start from, by id and by any other name."""

from __future__ import annotations

import re
import tomllib
from functools import cache
from pathlib import Path
from typing import TYPE_CHECKING, Final

from flopline.bases.profile import profile_of
from flopline.documents import suggestion_hint
from flopline.errors import BaseError

if TYPE_CHECKING:
    from collections.abc import Mapping

    from flopline.bases.profile import BaseProfile

DATA: Final = Path(__file__).parent / "data"
"""The folder of the shipped tables, one file per developer."""
_LISTED: Final = 8


@cache
def bases() -> Mapping[str, BaseProfile]:
    """Return every shipped model by its id, in the order of the files, which do not change while the program runs."""
    found: dict[str, BaseProfile] = {}
    for file in sorted(DATA.glob("*.toml")):
        for name, table in tomllib.loads(file.read_text(encoding="utf-8")).items():
            found[name] = profile_of(name, table)
    return found


def find_base(name: str) -> BaseProfile:
    """Return the model of that id or name; case and punctuation do not matter, and nothing is guessed.

    Raises
    ------
    BaseError
        No model bears the name, or it is the beginning of several.
    """
    known = _names()
    key = _plain(name)
    if key in known:
        return bases()[known[key]]
    several = sorted({one for full, one in known.items() if key and full.startswith(key)})
    shown = name if len(name) <= 40 else name[:37] + "..."
    if several:
        message = f"`{shown}` could be {len(several)} bases" if len(several) > 1 else f"`{shown}` is no base"
        more = "" if len(several) <= _LISTED else f" and {len(several) - _LISTED} more"
        hint = "write one of " + ", ".join(f"`{one}`" for one in several[:_LISTED]) + more
        raise BaseError(message, hint=hint)
    message = f"`{shown}` is not a base of the catalogue"
    near = suggestion_hint(name, bases())
    raise BaseError(
        message, hint=near or "`flopline bases list` shows them all; a plan describes others by [base.NAME]"
    )


def ancestors(profile: BaseProfile) -> tuple[BaseProfile, ...]:
    """Return the models that a model was made from, the nearest first."""
    found: list[BaseProfile] = []
    at = profile.base
    while at is not None and at not in {one.id for one in found}:
        found.append(bases()[at])
        at = found[-1].base
    return tuple(found)


@cache
def _names() -> Mapping[str, str]:
    """Return the id behind every name, written plainly; a name of two models is none."""
    found: dict[str, set[str]] = {}
    for one in bases().values():
        for name in (one.id, *one.aliases, *(alias.rpartition("/")[2] for alias in one.aliases)):
            found.setdefault(_plain(name), set()).add(one.id)
    return {name: next(iter(ids)) for name, ids in found.items() if len(ids) == 1}


def _plain(name: str) -> str:
    return re.sub(r"[^a-z0-9.]+", "", name.strip().lower())

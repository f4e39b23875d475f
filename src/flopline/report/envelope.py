"""The JSON envelope that every command prints."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final

from flopline import __version__

if TYPE_CHECKING:
    from collections.abc import Mapping

    from flopline.architecture import Count

SCHEMA: Final = 1


def envelope(command: str, body: Mapping[str, Any]) -> dict[str, Any]:
    """Return an answer with what identifies it."""
    return {"flopline": __version__, "schema": SCHEMA, "command": command, **body}


def count_envelope(count: Count) -> dict[str, Any]:
    """Return the answer of `count`."""
    return envelope("count", count.to_dict())

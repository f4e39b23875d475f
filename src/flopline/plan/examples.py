"""Plans that ship with the package and run at once."""

from __future__ import annotations

import tomllib
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterator

FOLDER = Path(__file__).resolve().parent.parent / "examples"


@dataclass(frozen=True, slots=True)
class Example:
    """One shipped plan.

    Attributes
    ----------
    name : str
        What to type: `flopline estimate NAME`.
    description : str
        One line.
    path : Path
        The file.
    """

    name: str
    description: str
    path: Path


def examples() -> tuple[Example, ...]:
    """Return every shipped plan, by name."""
    return tuple(_read())


def _read() -> Iterator[Example]:
    for path in sorted(FOLDER.glob("*.toml")):
        tree = tomllib.loads(path.read_text(encoding="utf-8"))
        yield Example(path.stem, str(tree.get("description", tree.get("title", ""))), path)


def find_example(name: str) -> Path | None:
    """Return the path of a shipped plan, or None if there is none of that name."""
    if not name.replace("-", "").replace(".", "").isalnum():
        return None
    path = FOLDER / f"{name.removesuffix('.toml')}.toml"
    return path if path.is_file() else None

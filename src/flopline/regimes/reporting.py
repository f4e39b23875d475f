"""What official forms ask for: each figure with its unit, precision, recipients and source."""

from __future__ import annotations

import tomllib
from functools import cache
from pathlib import Path
from typing import Final, Literal

from pydantic import BaseModel, ConfigDict

from flopline.provenance import Source

FORMS: Final = Path(__file__).parent / "forms"
"""The folder of the forms."""

FormName = Literal["notification", "documentation"]


class Field(BaseModel):
    """One figure that a form asks for.

    Attributes
    ----------
    form, id, asks : str
        The form, what is asked, and in words.
    to : tuple of str
        Recipients.
    unit : str
        Of the figure.
    figures : int, optional
        The least number of significant figures.
    magnitude : bool
        The power of ten alone.
    buckets : tuple of float
        Upper ends of ranges, included.
    source : Source
        Where the form asks for it.
    """

    model_config = ConfigDict(frozen=True, extra="forbid", defer_build=True)

    form: FormName
    id: str
    asks: str
    to: tuple[str, ...]
    unit: str
    figures: int | None = None
    magnitude: bool = False
    buckets: tuple[float, ...] = ()
    source: Source


@cache
def form_fields() -> tuple[Field, ...]:
    """Return every figure that the shipped forms ask for, in their order; a value without a source does not load."""
    found: list[Field] = []
    for file in sorted(FORMS.glob("*.toml")):
        tree = tomllib.loads(file.read_text(encoding="utf-8"))
        sources = {name: Source.model_validate(table) for name, table in tree["sources"].items()}
        found += (Field.model_validate(row | {"source": sources[row["source"]]}) for row in tree["fields"])
    return tuple(found)

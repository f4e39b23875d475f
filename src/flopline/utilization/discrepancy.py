"""How far two counts of one published run lie apart: by its tokens, and by its machine at the measured utilization."""

from __future__ import annotations

import tomllib
from functools import cache
from pathlib import Path
from typing import Any, Final

from pydantic import BaseModel, ConfigDict

from flopline.provenance import Source

_DATA: Final = Path(__file__).parent / "data" / "discrepancy.toml"


class Discrepancy(BaseModel):
    """What may lie between two counts of one run.

    Attributes
    ----------
    sigma : float
        Standard deviation of ln(FLOP by tokens / FLOP by machine) around zero, for a new run.
    runs : int
        Published runs behind it, each of another developer.
    source : Source
        The fit.
    """

    model_config = ConfigDict(frozen=True, extra="forbid", defer_build=True)

    sigma: float
    runs: int
    source: Source


@cache
def discrepancy() -> Discrepancy:
    """Return the spread between the two counts of a run, as the published runs have it."""
    tree: dict[str, Any] = tomllib.loads(_DATA.read_text("utf-8"))
    cite = f"{tree['provenance']['cite']}, {tree['provenance']['date']}"
    return Discrepancy(sigma=tree["sigma"], runs=tree["runs"], source=Source(cite=cite, grade="read"))

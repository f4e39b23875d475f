"""Defaults of availability and rework, and what is left of one kind of utilization in another."""

from __future__ import annotations

import tomllib
from functools import cache
from pathlib import Path
from typing import Any, Final, Literal, TypeAlias

from pydantic import BaseModel, ConfigDict

from flopline.distributions import LogitNormal, Lognormal
from flopline.provenance import Source

Share: TypeAlias = Literal["availability", "rework"]
"""Share of wall-clock that executes steps, or share of executed steps that are lost later."""

Kind: TypeAlias = Literal["benchmark", "steady", "whole-run"]
"""Over which time a utilization is: a short benchmark, executed steps of a run, or all of the run."""

_DATA: Final = Path(__file__).parent / "data" / "goodput.toml"


class Goodput(BaseModel):
    """An uncertain share or ratio with the runs behind it.

    Attributes
    ----------
    amount : LogitNormal or Lognormal
        The distribution for a new run; logit-normal where it cannot exceed 1.
    rows, sources : int
        Figures and independent sources of the fit.
    source : Source
        The fit.
    remark : str
        Which systems it rests on.
    """

    model_config = ConfigDict(frozen=True, extra="forbid", defer_build=True)

    amount: LogitNormal | Lognormal
    rows: int
    sources: int
    source: Source
    remark: str


def goodput_prior(share: Share) -> Goodput:
    """Return the default of a share of goodput for a large synchronous run.

    Parameters
    ----------
    share : {"availability", "rework"}
        Availability x (1 - rework) is the share of wall-clock that ends in kept steps (see `goodput`).
    """
    return _table()[share]


def ratio(one: Kind, other: Kind) -> Goodput:
    """Return the factor by which a utilization of one kind is multiplied to give that of a longer kind.

    Parameters
    ----------
    one, other : {"benchmark", "steady", "whole-run"}
        From the shorter to the longer time: `ratio("benchmark", "whole-run")`.

    Raises
    ------
    KeyError
        For two kinds that are the same, or the other way round.
    """
    return _table()[f"{one} -> {other}"]


@cache
def _table() -> dict[str, Goodput]:
    tree = tomllib.loads(_DATA.read_text("utf-8"))
    cite = f"{tree['provenance']['cite']}, {tree['provenance']['date']}"
    return {name: _goodput(name, raw, cite) for name, raw in tree["fit"].items()}


def _goodput(name: str, raw: dict[str, Any], cite: str) -> Goodput:
    shape = {"logit-normal": LogitNormal, "lognormal": Lognormal}[raw["shape"]]
    return Goodput(
        amount=shape(median=raw["median"], sigma=raw["sigma"]),
        rows=raw["rows"],
        sources=raw["sources"],
        source=Source(cite=f"{cite} ({name})", grade="read"),
        remark=f"from {', '.join(raw['systems'])}",
    )

"""What leads from published figures to power, energy and cost: loads of servers, PUE, the spread of prices."""

from __future__ import annotations

import tomllib
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final, Literal, cast

from flopline.literals import parse_amount
from flopline.provenance import Source
from flopline.quantity import Dimension

if TYPE_CHECKING:
    from collections.abc import Mapping

    from flopline.distributions import Distribution

PowerBasis = Literal["nameplate", "tdp", "inferred-tdp", "chip-alone", "with-host"]
"""Which figure of a chip its server's power starts from."""

_DATA: Final = Path(__file__).parent / "data" / "resources.toml"


@dataclass(frozen=True, slots=True)
class Ratio:
    """An uncertain ratio to a published figure.

    Attributes
    ----------
    amount : Distribution
        Of the ratio.
    written : str
        As the table has it: `0.70 .. 0.78 .. 0.90`.
    of : str
        What it is a ratio of.
    sources : tuple of Source
        Who found it.
    """

    amount: Distribution
    written: str
    of: str
    sources: tuple[Source, ...]


def power_ratio(basis: PowerBasis) -> Ratio:
    """Return the mean power of a server's share per chip, over the figure that is known of the chip.

    A nameplate and 1.82 x TDP are peaks, which no run draws on average.
    """
    return _table()["power", basis]


def default_pue() -> Ratio:
    """Return the PUE of a site that nothing is known of: energy of the site over energy of its servers."""
    return _table()["pue", "default"]


def price_spread() -> Ratio:
    """Return what the market's prices are of the only one that was published."""
    return _table()["price", "single"]


@cache
def _table() -> dict[tuple[str, str], Ratio]:
    tree = tomllib.loads(_DATA.read_text("utf-8"))
    sources = {key: Source.model_validate(raw) for key, raw in tree["sources"].items()}
    return {
        (group, key): _ratio(raw, sources, Dimension.PUE if group == "pue" else Dimension.FACTOR)
        for group in ("power", "pue", "price")
        for key, raw in tree[group].items()
    }


def _ratio(raw: Mapping[str, Any], sources: Mapping[str, Source], dimension: Dimension) -> Ratio:
    amount = cast("Distribution", parse_amount(raw["amount"], dimension))
    return Ratio(amount, raw["amount"], raw["of"], tuple(sources[key] for key in raw["source"]))

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
    return _ratio("power", basis)


def default_pue() -> Ratio:
    """Return the PUE of a site that nothing is known of: energy of the site over energy of its servers."""
    return _ratio("pue", "default")


def price_spread() -> Ratio:
    """Return what the market's prices are of the only one that was published."""
    return _ratio("price", "single")


@cache
def _ratio(group: str, key: str) -> Ratio:
    tree = _tree()
    raw = tree[group][key]
    amount = parse_amount(raw["amount"], Dimension.PUE if group == "pue" else Dimension.FACTOR)
    sources = tuple(Source.model_validate(tree["sources"][one]) for one in raw["source"])
    return Ratio(cast("Distribution", amount), raw["amount"], raw["of"], sources)


@cache
def _tree() -> dict[str, Any]:
    return tomllib.loads(_DATA.read_text("utf-8"))

"""What a chip at work takes each hour: power of its server, of the site around it, and its price."""

from __future__ import annotations

from dataclasses import dataclass
from fractions import Fraction
from typing import TYPE_CHECKING, Final

from flopline import quantity
from flopline.distributions import Quantiles, describe
from flopline.engine.factors import Factor, Term, exactly
from flopline.engine.quantities import Quantities, constant
from flopline.plan import DEFAULT
from flopline.utilization import default_pue, power_ratio, price_spread

if TYPE_CHECKING:
    from collections.abc import Iterable

    from flopline.hardware import Profile
    from flopline.plan import Machine, Stage
    from flopline.provenance import Source
    from flopline.utilization import PowerBasis, Ratio

BOUNDARY: Final = "of the site, servers x PUE; network beyond the server and embodied energy not included"
"""Where the energy of a stage is drawn from, and what that leaves out."""
MARKET: Final = "renting at list prices, on demand or reserved; nothing negotiated, power included"
"""What a cost is."""
_PUBLISHED: Final = (0.05, 0.5, 0.95)
"""Which quantiles of the market the least, the middle and the most of the published prices are taken for."""


@dataclass(frozen=True, slots=True)
class Hourly:
    """What one chip takes in an hour, Wh or USD, or a factor on it.

    Attributes
    ----------
    term : tuple of Factor
        The product.
    remark : str
        What it rests on, in words.
    sources : tuple of str
        Citations of what the plan does not say itself.
    """

    term: Term
    remark: str
    sources: tuple[str, ...] = ()


def power_of(stage: Stage, machine: Machine, name: str, quantities: Quantities) -> Hourly | None:
    """Return the mean power of a server per chip in W: as given, as measured, or by what is known of the chip.

    None where neither the plan nor the chip's profile tells a power.
    """
    own = _own(stage, machine, name, "server_power")
    if own is not None:
        return _given(quantities.factor(own), "W for each chip with its server")
    known = None if machine.hardware is None else _figure(machine.hardware)
    if known is None or machine.hardware is None:
        return None
    basis, watts, sources = known
    ratio = power_ratio(basis)
    cites = _cites(sources)
    figure = constant(f"W of {machine.hardware.id} ({basis})", exactly(watts), _cited(cites))
    remark = f"{ratio.written} x {quantity.significant(watts, 4)} W for each {machine.hardware.id}, {ratio.of}"
    return Hourly((figure, _of(ratio, f"ratio to {basis}")), remark, (*cites, *_cites(ratio.sources)))


def pue_of(stage: Stage, quantities: Quantities) -> Hourly:
    """Return energy of the site over energy of its servers: the stage's, the plan's, or that of an unknown site."""
    of_plan = quantities.plan.pue
    if stage.pue is not None and stage.pue != DEFAULT:
        return _given(quantities.factor(f"{stage.name}.pue"))
    if stage.pue is None and of_plan is not None and of_plan != DEFAULT:
        return _given(quantities.factor("pue"))
    ratio = default_pue()
    return Hourly((_of(ratio, "PUE"),), f"PUE {ratio.written} for {ratio.of}", _cites(ratio.sources))


def price_of(stage: Stage, machine: Machine, name: str, quantities: Quantities) -> Hourly | None:
    """Return USD per chip-hour: the plan's own price, or the market's.

    The least, the middle and the most of a chip's published prices are taken for the 5th, 50th and 95th percentile of
    what somebody pays; one price has the spread that other chips' prices have. Nothing is known of negotiated prices.
    All stages with the same chip pay the same.
    """
    own = _own(stage, machine, name, "price")
    if own is not None:
        return _given(quantities.factor(own), "USD for a chip-hour")
    chip = machine.hardware
    if chip is None or chip.price is None:
        return None
    sources = _cites(chip.sources_of(chip.price))
    low, best, high = chip.price.low, chip.price.best, chip.price.high
    if low == high:
        spread = price_spread()
        remark = f"{low:.2f} USD {spread.written[2:]} for an hour of {chip.id}, {spread.of}"
        price = constant(f"USD per hour of {chip.id}", exactly(low), _cited(sources))
        return Hourly((price, _of(spread, "ratio to one price")), remark, (*sources, *_cites(spread.sources)))
    inner = best is not None and low < best < high
    points = (low, best, high) if inner and best is not None else (low, high)
    levels = _PUBLISHED if inner else _PUBLISHED[::2]
    price = Factor(f"USD per hour of {chip.id}", Quantiles(p=levels, x=points), source=_cited(sources))
    written = " .. ".join(f"{one:.2f}" for one in points)
    taken = ", ".join(f"{100 * one:g} %" for one in levels)
    remark = f"{written} USD for an hour of {chip.id}, published prices taken for {taken}"
    return Hourly((price,), remark, sources)


def _figure(chip: Profile) -> tuple[PowerBasis, float, tuple[Source, ...]] | None:
    """Return the best figure of a chip's power: measured, then its server's nameplate, then its TDP."""
    if chip.measured is not None:
        basis: PowerBasis = "with-host" if chip.measured.host else "chip-alone"
        return basis, chip.measured.watts, chip.sources_of(chip.measured)
    if chip.server is not None:
        return "nameplate", chip.server.watts, chip.sources_of(chip.server)
    if chip.power is None:
        return None
    term = chip.power.term or ""
    guessed = "inferred" in term or "estimated" in term
    return "inferred-tdp" if guessed else "tdp", chip.power.watts, chip.sources_of(chip.power)


def _own(stage: Stage, machine: Machine, name: str, key: str) -> str | None:
    """Return the dotted name of what the plan says of a machine, or of the stage that it belongs to."""
    for table, owner in ((machine, name), (stage, stage.name)):
        value = getattr(table, key)
        if value is not None:
            return None if value == DEFAULT else f"{owner}.{key}"
    return None


def _given(factor: Factor, unit: str = "") -> Hourly:
    amount = factor.amount
    said = str(amount) if isinstance(amount, (int, Fraction)) else describe(amount, quantity.significant)
    return Hourly((factor,), f"`{factor.name}` {said} {unit}".rstrip())


def _of(ratio: Ratio, name: str) -> Factor:
    """Return a ratio as an uncertain factor, which all stages of a plan share under its name."""
    return Factor(name, ratio.amount, source=_cited(_cites(ratio.sources)))


def _cites(sources: Iterable[Source]) -> tuple[str, ...]:
    return tuple(source.cite for source in sources)


def _cited(cites: tuple[str, ...]) -> str:
    return "; ".join(cites)

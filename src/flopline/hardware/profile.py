"""One accelerator: what it computes at best in each format, what surrounds it, and who says so."""

from datetime import date
from typing import Annotated, Any, Literal, Self

from pydantic import (
    BeforeValidator,
    Field,
    PositiveFloat,
    PositiveInt,
    model_validator,
)

from flopline.errors import HardwareError, QuantityError
from flopline.hardware.formats import FORMATS
from flopline.hardware.surroundings import Link, Measured, Memory, Network, Power, Price, Sourced, Table
from flopline.provenance import Source
from flopline.quantity import Dimension, parse


def _rate(raw: object) -> float:
    """Return FLOP/s; text carries its unit, and a bare number would hide whether it means TFLOP/s."""
    if not isinstance(raw, str):
        message = "a peak is written as text with its unit"
        raise QuantityError(message, hint='write "989.4 TFLOP/s"')
    return parse(raw, Dimension.RATE)


Rate = Annotated[PositiveFloat, BeforeValidator(_rate)]


class Headline(Table):
    """The figure that the vendor prints largest; only for explanation, never for arithmetic.

    Attributes
    ----------
    rate : float
        FLOP/s as advertised.
    sparse : bool
        Whether it counts zeros that structured sparsity skips.
    """

    rate: Rate
    sparse: bool


class Peak(Sourced):
    """The dense peak of one format.

    Attributes
    ----------
    dense : float
        FLOP/s without sparsity: the best figure.
    low, high : float, optional
        Least and most that sources give, where they conflict.
    engine : str, optional
        Which units reach it (vector, tensor, matrix).
    accumulate : str, optional
        Format of the sums at this rate.
    headline : Headline, optional
        What the vendor advertises.
    """

    dense: Rate
    low: Rate | None = None
    high: Rate | None = None
    engine: str | None = None
    accumulate: str | None = None
    headline: Headline | None = None

    @model_validator(mode="after")
    def _ordered(self) -> Self:
        if not (self.low or self.dense) <= self.dense <= (self.high or self.dense):
            message = "a peak lies between its `low` and its `high`"
            raise ValueError(message)
        if self.headline is not None and self.headline.sparse and self.dense >= self.headline.rate:
            message = "the dense peak is not below the sparse headline: one of them is the other"
            raise ValueError(message)
        return self


class Physics(Sourced):
    """Arithmetic units x FLOP per clock and unit x clock, which a rated peak has to agree with.

    Attributes
    ----------
    format : str
        The format whose peak it reproduces.
    units, flop_per_clock : int
        Processors of one unit, and the dense FLOP that each does per clock.
    hertz : float
        The clock at which the peak is rated.
    exemption : str, optional
        Why the two differ by more than two per cent.
    """

    format: str
    units: PositiveInt
    flop_per_clock: PositiveInt
    hertz: PositiveFloat
    exemption: str | None = None

    @property
    def rate(self) -> float:
        """FLOP/s that the units can do."""
        return self.units * self.flop_per_clock * self.hertz


class Profile(Sourced):
    """One accelerator and the sources of every figure about it.

    Attributes
    ----------
    id : str
        Name of its file; what a plan writes.
    vendor, name : str
        Who sells it and under which name.
    unit : {"die", "chip", "board", "core"}
        What all figures are for, and what a plan counts as one chip.
    dies, devices : int
        Dies in the unit; devices that software shows for it. Where they differ from one, counting devices
        as chips is wrong by that factor.
    release : date, optional
        First availability.
    status : {"shipping", "announced"}
        Whether it can be had at these figures; those of an announced chip are what its vendor expects.
    families : tuple of str
        Short names that mean several chips; alone they are ambiguous.
    aliases : tuple of str
        Full device names and other ids that mean exactly this chip.
    peaks : dict
        Dense peaks by format.
    memory, link, network, power, server, measured, price, physics : optional
        What surrounds the arithmetic. `server` is the nameplate power of the whole server divided by its
        units, which is never the mean over a run; `measured` is that mean, where somebody measured it.
    unchecked : str, optional
        Why there is no `physics`: what the vendor does not publish.
    sources : dict
        The documents that `source` lists refer to.
    origin : str
        `catalogue`, or the user's file that it was read from.
    replaces : bool
        Whether that file stands in for a shipped profile of the same id.
    """

    id: str = Field(pattern=r"^[a-z0-9]+(-[a-z0-9]+)*$")
    vendor: str
    name: str
    unit: Literal["die", "chip", "board", "core"]
    dies: PositiveInt = 1
    devices: PositiveInt = 1
    release: date | None = None
    status: Literal["shipping", "announced"] = "shipping"
    families: tuple[str, ...] = ()
    aliases: tuple[str, ...] = ()
    peaks: dict[str, Peak] = Field(min_length=1)
    memory: Memory | None = None
    link: Link | None = None
    network: Network | None = None
    power: Power | None = None
    server: Power | None = None
    measured: Measured | None = None
    price: Price | None = None
    physics: Physics | None = None
    unchecked: str | None = None
    sources: dict[str, Source] = Field(min_length=1)
    origin: str = "catalogue"
    replaces: bool = False

    @model_validator(mode="after")
    def _consistent(self) -> Self:
        strange = [name for name in self.peaks if name not in FORMATS]
        if strange:
            message = f"`{strange[0]}` is not a number format; known: {', '.join(FORMATS)}"
            raise ValueError(message)
        missing = [key for key in self.cited() if key not in self.sources]
        if missing:
            message = f"the source `{missing[0]}` is cited but not described under [sources.{missing[0]}]"
            raise ValueError(message)
        idle = [key for key in self.sources if key not in self.cited()]
        if idle:
            message = f"the source `{idle[0]}` is described but no value cites it"
            raise ValueError(message)
        if self.physics is not None and self.unchecked is not None:
            message = "`unchecked` says why there is no physics check, but there is one"
            raise ValueError(message)
        if self.physics is not None and self.physics.format not in self.peaks:
            message = f"the physics check is about `{self.physics.format}`, for which there is no peak"
            raise ValueError(message)
        return self

    def cited(self) -> tuple[str, ...]:
        """Return the names of all sources that some value cites, each once, in order."""
        parts = (
            self,
            *self.peaks.values(),
            self.memory,
            self.link,
            self.network,
            self.power,
            self.server,
            self.measured,
            self.price,
            self.physics,
        )
        return tuple(dict.fromkeys(key for part in parts if part is not None for key in part.source))

    def peak(self, format: str) -> Peak:  # noqa: A002 - the field's own word
        """Return the dense peak of one format.

        Raises
        ------
        HardwareError
            If the chip does not have that format; a peak is never derived from another one.
        """
        found = self.peaks.get(format)
        if found is None:
            offered = ", ".join(f"`{name}`" for name in self.peaks)
            message = f"`{self.id}` has no `{format}` peak"
            raise HardwareError(message, code="E503", hint=f"it has {offered}")
        return found

    def sources_of(self, part: Sourced) -> tuple[Source, ...]:
        """Return the documents behind one table of this profile."""
        return tuple(self.sources[key] for key in part.source)

    def to_dict(self) -> dict[str, Any]:
        """Return the profile as plain data: FLOP/s, bytes, bytes per second, watts, USD per hour."""
        plain = self.model_dump(mode="json")
        return {"id": plain.pop("id"), **plain}

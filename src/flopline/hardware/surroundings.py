"""What surrounds the arithmetic of an accelerator: memory, links, power and price, each with its sources."""

from typing import Annotated, Self

from pydantic import BaseModel, ConfigDict, Field, PositiveFloat, PositiveInt, computed_field, model_validator

Cites = Annotated[tuple[str, ...], Field(min_length=1)]
"""Names of entries in the profile's table of sources; at least one."""


class Table(BaseModel):
    """Frozen, and without keys that nobody knows."""

    model_config = ConfigDict(frozen=True, extra="forbid", defer_build=True)


class Sourced(Table):
    """A table of a profile: `source` names the documents behind it, `remark` what to know before using it."""

    source: Cites
    remark: str | None = None


class Memory(Sourced):
    """The memory of one unit: size in bytes as advertised (10^9 a gigabyte) and bandwidth in bytes per second."""

    type: str | None = None
    bytes: PositiveFloat
    bytes_per_second: PositiveFloat | None = None


class Link(Sourced):
    """The scale-up link of one unit.

    Attributes
    ----------
    name : str
        What it is called.
    both_ways : float
        Bytes per second, the two directions added, as vendors print it.
    domain : int, optional
        Units that reach each other over it.
    """

    name: str
    both_ways: PositiveFloat
    domain: PositiveInt | None = None

    @computed_field  # type: ignore[prop-decorator] # mypy knows no decorator above a property, as pydantic has it
    @property
    def one_way(self) -> float:
        """Bytes per second in one direction."""
        return self.both_ways / 2


class Network(Sourced):
    """The scale-out network of one unit: bytes per second one way."""

    bytes_per_second: PositiveFloat


class Power(Sourced):
    """Electrical power of one unit.

    Attributes
    ----------
    watts : float
        The figure.
    low, high : float, optional
        Least and most that sources give, where they conflict.
    term : str, optional
        What the figure is called: TDP, TGP (graphics alone), TBP (board), nameplate. They are not the same.
    """

    watts: PositiveFloat
    low: PositiveFloat | None = None
    high: PositiveFloat | None = None
    term: str | None = None

    @model_validator(mode="after")
    def _ordered(self) -> Self:
        if not (self.low or self.watts) <= self.watts <= (self.high or self.watts):
            message = "a power lies between its `low` and its `high`"
            raise ValueError(message)
        return self


class Measured(Power):
    """Power that was measured on one unit at work: `watts` is the mean, `low` idle and `high` the most seen.

    Attributes
    ----------
    host : bool
        Whether the unit's share of its server (processors, memory, fans) is in it.
    """

    host: bool


class Price(Sourced):
    """Published prices of one unit: USD per hour, least, middle and most."""

    low: PositiveFloat
    best: PositiveFloat | None = None
    high: PositiveFloat

    @model_validator(mode="after")
    def _ordered(self) -> Self:
        if not self.low <= (self.best or self.low) <= self.high:
            message = "a price lies between its `low` and its `high`"
            raise ValueError(message)
        return self

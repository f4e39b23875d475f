"""What a run that is under way has shown of a stage: how far it is, what it has computed, how fast it is."""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated, Any, Final

from pydantic import PlainValidator, WithJsonSchema

from flopline.distributions import FAMILIES, Distribution, Fixed, LogitNormal, Lognormal, interval, median, window
from flopline.errors import PlanError
from flopline.literals import parse_amount
from flopline.plan.amounts import DEFAULT, Surroundings, refusing
from flopline.plan.days import Day
from flopline.plan.table import Table
from flopline.quantity import Dimension, parse
from flopline.utilization import Utilization, parse_utilization

if TYPE_CHECKING:
    from collections.abc import Callable

GROWING: Final = ("tokens", "samples", "prompts", "tokens_generated", "days", "hours", "chip_hours", "duration")
"""Amounts of a stage of which a part can be done."""
_LEVEL: Final = 0.9
_MEASURED: Final = "a measurement is one number with its error: 5.1e24 x/ 1.02, or 38%..41%"


def _so_far(dimension: Dimension) -> Callable[[object, Surroundings], float]:
    """Return what reads how much of an amount is done: one number, since whoever runs it can count."""

    def read(raw: object, _: Surroundings) -> float:
        if not isinstance(raw, (int, float, str)) or (isinstance(raw, str) and (".." in raw or "x/" in raw)):
            message = "what is done so far is one number"
            raise PlanError(message, hint="read it off the run's own log")
        parse_amount(raw, dimension)  # refuses what is not positive
        return parse(raw, dimension)

    return read


def _measured(amount: object) -> Distribution:
    """Return a measurement: a number, or one with an error to both sides."""
    if isinstance(amount, Fixed):
        return amount
    if isinstance(amount, (Lognormal, LogitNormal)) and window(amount) is None and not amount.shift:
        return amount
    message = "a distribution of this form is no measurement"
    raise PlanError(message, hint=_MEASURED)


def _flop(raw: object, _: Surroundings) -> Distribution:
    return _measured(parse_amount(raw, Dimension.FLOP))


def _utilization(raw: object, _: Surroundings) -> Utilization:
    if raw == DEFAULT:
        message = "there is no default for what was measured"
        raise PlanError(message, hint=_MEASURED)
    found = parse_utilization(raw)
    _measured(found.amount)
    return found


_NUMBER = {"anyOf": [{"type": "string"}, {"type": "number"}]}
_TABLE = {"anyOf": [*_NUMBER["anyOf"], {"type": "object"}]}

if TYPE_CHECKING:
    Tokens = float
    Count = float
    Days = float
    Hours = float
    Flop = Distribution
    Speed = Utilization
else:
    Tokens = Annotated[Any, PlainValidator(refusing(_so_far(Dimension.TOKENS))), WithJsonSchema(_NUMBER)]
    Count = Annotated[Any, PlainValidator(refusing(_so_far(Dimension.COUNT))), WithJsonSchema(_NUMBER)]
    Days = Annotated[Any, PlainValidator(refusing(_so_far(Dimension.DAYS))), WithJsonSchema(_NUMBER)]
    Hours = Annotated[Any, PlainValidator(refusing(_so_far(Dimension.HOURS))), WithJsonSchema(_NUMBER)]
    Flop = Annotated[Any, PlainValidator(refusing(_flop)), WithJsonSchema(_TABLE)]
    Speed = Annotated[Any, PlainValidator(refusing(_utilization)), WithJsonSchema(_TABLE)]


def _interval(amount: Distribution) -> dict[str, float]:
    low, high = interval(amount, _LEVEL)
    return {"median": median(amount), "low": low, "high": high, "level": _LEVEL}


class Observed(Table):
    """What is known of a stage that is under way.

    Attributes
    ----------
    day : date, optional
        The day that the figures are of.
    tokens, samples, prompts, tokens_generated, days, hours, chip_hours, duration : float, optional
        How much of the stage's amount of the same name is done.
    flop : Distribution, optional
        Kept FLOP of the stage so far, with the error of the measurement.
    utilization : Utilization, optional
        As measured so far, in the terms of the stage's own.
    """

    day: Day | None = None
    tokens: Tokens | None = None
    samples: Count | None = None
    prompts: Count | None = None
    tokens_generated: Tokens | None = None
    days: Days | None = None
    hours: Hours | None = None
    chip_hours: Hours | None = None
    duration: Days | None = None
    flop: Flop | None = None
    utilization: Speed | None = None

    def to_dict(self) -> dict[str, Any]:
        """Return what is known as plain values, measurements with their 90 % interval; without what is not known."""
        measured = {"flop": self.flop, "utilization": None if self.utilization is None else self.utilization.amount}
        return {
            **({"day": self.day.isoformat()} if self.day is not None else {}),
            **self.done,
            **{key: _interval(amount) for key, amount in measured.items() if isinstance(amount, FAMILIES)},
        }

    @property
    def done(self) -> dict[str, float]:
        """How much is done, by the key of the amount."""
        return {key: value for key in GROWING if (value := getattr(self, key)) is not None}

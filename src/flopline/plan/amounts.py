"""Types of the plan's values: text, numbers and tables become distributions and resolved objects.

Names are resolved while the plan is validated, so that a missing file or an ambiguous chip is reported at the
key that names it, together with every other problem of the plan.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Annotated, Any, Final, Literal, TypeAlias

from pydantic import PlainValidator, ValidationInfo, WithJsonSchema

from flopline.distributions import Distribution
from flopline.errors import Diagnostic, FloplineError, PlanError
from flopline.literals import Shared, parse_amount
from flopline.quantity import Dimension, parse

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping
    from pathlib import Path

    from flopline.hardware import Profile
    from flopline.plan.base import NamedBase

Amount: TypeAlias = Distribution | Shared
"""An uncertain quantity, or the name of another one that it is identical to."""

Default: TypeAlias = Literal["default"]
UNKNOWN: Final = "unknown"
"""The word that declares a quantity to be known to nobody, and beyond an estimate."""
DEFAULT: Final = "default"
"""The word that asks for the published prior of a quantity."""


@dataclass(frozen=True, slots=True)
class Surroundings:
    """What names in a plan are resolved against.

    Attributes
    ----------
    folder : Path, optional
        The plan's own folder; relative paths of configs start there.
    catalogues : tuple of Path
        Folders with hardware profiles of the user's own, searched first.
    chips : mapping of str to Profile
        Chips that the plan describes itself, by id.
    bases : mapping of str to NamedBase
        Models that others start from, which the plan describes itself, by name.
    regimes : tuple of Path
        Files and folders with regimes of the user's own, or amendments.
    """

    folder: Path | None = None
    catalogues: tuple[Path, ...] = field(default=())
    chips: Mapping[str, Profile] = field(default_factory=dict)
    regimes: tuple[Path, ...] = field(default=())
    bases: Mapping[str, NamedBase] = field(default_factory=dict)


class RefusedError(ValueError):
    """A value that another layer refused, with that layer's diagnostics."""

    def __init__(self, error: FloplineError) -> None:
        super().__init__(error.message)
        self.diagnostics: tuple[Diagnostic, ...] = error.diagnostics


def refusing(read: Callable[[object, Surroundings], Any]) -> Callable[[object, ValidationInfo], Any]:
    """Return a pydantic validator that turns a layer's error into a refusal at the key.

    Parameters
    ----------
    read : callable
        Takes the raw value and the surroundings; raises FloplineError.
    """

    def validate(raw: object, info: ValidationInfo) -> Any:  # pydantic hands the value on
        surroundings = info.context if isinstance(info.context, Surroundings) else Surroundings()
        try:
            return read(raw, surroundings)
        except FloplineError as error:
            raise RefusedError(error) from error

    return validate


def _amount(dimension: Dimension) -> PlainValidator:
    return PlainValidator(refusing(lambda raw, _: parse_amount(raw, dimension)))


def _amount_or_default(dimension: Dimension) -> PlainValidator:
    return PlainValidator(
        refusing(lambda raw, _: raw if isinstance(raw, str) and raw == DEFAULT else parse_amount(raw, dimension))
    )


def _amount_or_unknown(dimension: Dimension) -> PlainValidator:
    return PlainValidator(
        refusing(lambda raw, _: raw if isinstance(raw, str) and raw == UNKNOWN else parse_amount(raw, dimension))
    )


def _overhead(raw: object, _: Surroundings) -> Amount:
    """Return a factor of overhead, for which nothing published gives a default."""
    if raw == DEFAULT:
        message = "there is no default for `overhead`: nobody has published how much training passes twice"
        raise PlanError(message, hint='leave it out, and nothing is added, or write overhead = "1.02..1.1"')
    return parse_amount(raw, Dimension.FACTOR)


def refuse_default_recompute(raw: object, _: Surroundings) -> object:
    """Return what a plan says of recomputation, unless it asks for a default, which there is none of."""
    if raw == DEFAULT:
        message = "there is no default for `recompute`: it is a setting of the software, and runs use them all"
        raise PlanError(message, hint="write none, flash, selective, full or full+flash, as the launch script has it")
    return raw


LONG_FORMS = (
    "interval", "normal", "lognormal", "uniform", "loguniform", "triangular", "pert", "beta", "quantiles", "samples",
    "choice", "mixture",
)  # fmt: skip
_TABLE = {
    "type": "object",
    "properties": {"dist": {"enum": list(LONG_FORMS)}, "shares": {"type": "string"}},
    "anyOf": [{"required": ["dist"]}, {"required": ["shares"]}],
}
_LITERAL = WithJsonSchema(
    {"description": "a number, a literal such as 15T, 17T..22T, 14 .. 21 .. 30 or 19.3T x/ 1.14, or a table",
     "anyOf": [{"type": "string"}, {"type": "number"}, _TABLE]},
)  # fmt: skip
_UNITED = WithJsonSchema(
    {"description": "text with units, such as 1.2 kW or 2.10 USD .. 2.50 USD, or default, or a table",
     "anyOf": [{"type": "string"}, _TABLE]},
)  # fmt: skip
_ONE_NUMBER = WithJsonSchema(
    {"anyOf": [{"type": "string"}, {"type": "number"}], "description": "one amount, such as 1.2e26"}
)


def _fixed_flop(raw: object, _: Surroundings) -> float:
    """Return one amount of computation, without uncertainty."""
    number = parse(raw, Dimension.FLOP)
    parse_amount(number, Dimension.FLOP)  # refuses what is not positive
    return number


# Pydantic is told nothing of the distributions: it would build a schema of the whole union for every key.
if TYPE_CHECKING:
    Tokens = Amount
    Count = Amount
    Flop = Amount
    Rate = Amount
    Days = Amount
    Hours = Amount
    Factor = Amount
    Share = Amount
    ServerPower = Amount | Default
    Price = Amount | Default
    Pue = Amount | Default
    Goodput = Amount | Default
    Overhead = Amount
    FixedFlop = float
    FlopOrUnknown = Amount | Literal["unknown"]
else:
    Tokens = Annotated[Any, _amount(Dimension.TOKENS), _LITERAL]
    Count = Annotated[Any, _amount(Dimension.COUNT), _LITERAL]
    Flop = Annotated[Any, _amount(Dimension.FLOP), _LITERAL]
    Rate = Annotated[Any, _amount(Dimension.RATE), _LITERAL]
    Days = Annotated[Any, _amount(Dimension.DAYS), _LITERAL]
    Hours = Annotated[Any, _amount(Dimension.HOURS), _LITERAL]
    Factor = Annotated[Any, _amount(Dimension.FACTOR), _LITERAL]
    Share = Annotated[Any, _amount(Dimension.SHARE), _LITERAL]
    ServerPower = Annotated[Any, _amount_or_default(Dimension.POWER), _UNITED]
    Price = Annotated[Any, _amount_or_default(Dimension.PRICE), _UNITED]
    Pue = Annotated[Any, _amount_or_default(Dimension.PUE), _LITERAL]
    Goodput = Annotated[Any, _amount_or_default(Dimension.SHARE), _LITERAL]
    Overhead = Annotated[Any, PlainValidator(refusing(_overhead)), _LITERAL]
    FlopOrUnknown = Annotated[Any, _amount_or_unknown(Dimension.FLOP), _LITERAL]
    FixedFlop = Annotated[Any, PlainValidator(refusing(_fixed_flop)), _ONE_NUMBER]

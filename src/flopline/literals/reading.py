"""Any way of writing an amount, to a distribution or to a reference to one."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, cast

from pydantic import BaseModel, ConfigDict, Field

from flopline import quantity
from flopline.distributions import FAMILIES, Distribution, Family, Fixed
from flopline.errors import QuantityError
from flopline.literals.meaning import accepted, end
from flopline.literals.mixtures import is_mixture, read_mixture
from flopline.literals.tables import read_table
from flopline.literals.texts import read_text

if TYPE_CHECKING:
    from flopline.quantity import Dimension

_LONGEST_NAME = 200


class Shared(BaseModel):
    """The very same uncertain quantity as another one: `{ shares = "stage.params" }`.

    Attributes
    ----------
    shares : str
        The other quantity's dotted name.
    """

    model_config = ConfigDict(frozen=True, extra="forbid", defer_build=True)

    shares: str = Field(min_length=1, max_length=_LONGEST_NAME)


def parse_amount(raw: object, dimension: Dimension) -> Distribution | Shared:
    """Read an amount in any of its forms.

    Parameters
    ----------
    raw : number, str, table or Distribution
        `15e12`, `"15T"`, `"17T..22T"` (90 % interval), `"14 .. 21 .. 30"` (PERT), `"19.3T x/ 1.14"` (times or
        divided by, at 90 %), `{"dist": ..., ...}`, also of a choice or a mixture, `{"shares": "stage.params"}`.
    dimension : Dimension
        What it measures. An interval of a share is logit-normal, of anything else lognormal.

    Returns
    -------
    Distribution or Shared
        `Fixed` for one number.

    Raises
    ------
    QuantityError
        If it is none of these, if an amount is not positive, a share is outside (0, 1) (exactly 1 is allowed
        as one number), bounds are not in order, a length or a count of less than a million is not whole, or
        more than 10 % of a normal distribution would not be positive.
    """
    if isinstance(raw, Shared):
        return raw
    if isinstance(raw, Family):
        return accepted(_known(raw), dimension)
    if isinstance(raw, str):
        return accepted(read_text(raw, dimension), dimension)
    if isinstance(raw, Mapping):
        if "shares" in raw:
            return _shared(raw)
        if is_mixture(raw):
            return read_mixture(raw, lambda part: _part(part, dimension))
        return accepted(read_table(raw, dimension), dimension)
    if isinstance(raw, (list, tuple)):
        message = f"expected {dimension.value}, found a list"
        raise QuantityError(message, hint='measured values are written `{ dist = "samples", values = [...] }`')
    return accepted(Fixed(value=end(raw, dimension)), dimension)


def _part(raw: object, dimension: Dimension) -> Distribution | None:
    """Return one part of a mixture; None where it names another quantity."""
    found = parse_amount(raw, dimension)
    return None if isinstance(found, Shared) else found


def _known(raw: Family) -> Distribution:
    if not isinstance(raw, FAMILIES):
        message = f"`{type(raw).__name__}` is not a distribution that plans can hold"
        raise QuantityError(message)
    return cast("Distribution", raw)


def _shared(raw: Mapping[object, object]) -> Shared:
    name, others = raw["shares"], [key for key in raw if key != "shares"]
    if others:
        message = f"`{quantity.shown(str(others[0]), 40)}` cannot stand beside `shares`"
        raise QuantityError(message, hint="a shared quantity has no distribution of its own")
    if not isinstance(name, str) or not name.strip() or len(name) > _LONGEST_NAME:
        message = "`shares` names no quantity"
        raise QuantityError(message, hint='write `{ shares = "pretrain.params" }`')
    return Shared(shares=name)

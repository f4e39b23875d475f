"""Bases of the shipped catalogue, as a plan names them."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING, Any, Final

from flopline.bases import find_base
from flopline.distributions import Fixed, Quantiles
from flopline.documents import suggestion_hint
from flopline.errors import BaseError
from flopline.literals import parse_amount
from flopline.plan.base import Base, NamedBase
from flopline.quantity import Dimension

if TYPE_CHECKING:
    from collections.abc import Mapping

    from flopline.bases import BaseProfile

_LOPSIDED: Final = 0.05
"""How far a best figure may lie off the middle of its interval, as a share of it in logarithms, to be its median."""


def shipped_base(name: str, own: Mapping[str, NamedBase]) -> NamedBase:
    """Return the base of the catalogue that a name stands for, with everything that it was made from.

    Parameters
    ----------
    name : str
        Its id or one of its names.
    own : mapping of str to NamedBase
        The plan's own bases, which an unknown name may have meant.

    Raises
    ------
    BaseError
        No base, or several, bear the name.
    """
    try:
        return _base(find_base(name.strip()))
    except BaseError as error:
        near = suggestion_hint(name, own)
        raise BaseError(error.message, hint=near or error.hint, code=error.code) from None


def _base(profile: BaseProfile) -> NamedBase:
    amounts: dict[str, Any] = {"flop": _amount(profile)}
    for key in ("params", "active", "tokens"):
        value = getattr(profile, key)
        amounts[key] = None if value is None else Fixed(value=value)
    base = Base.model_construct(
        name=profile.id,
        developer=profile.developer,
        systemic_risk=profile.systemic_risk,
        base=None if profile.base is None else _base(find_base(profile.base)),
        **amounts,
    )
    return NamedBase.of(base, source="; ".join(source.cite for source in profile.sources), shipped=True)


def _amount(profile: BaseProfile) -> object:
    """Return the training compute of a base: its published interval, and `unknown` where there is none."""
    low, best, high = profile.low, profile.best, profile.high
    if low is None or high is None:
        return "unknown"
    if low == high:
        return Fixed(value=low)
    if best is None or abs(math.log(best * best / (low * high))) < _LOPSIDED * math.log(high / low):
        return parse_amount({"dist": "interval", "low": low, "high": high, "level": profile.level}, Dimension.FLOP)
    edge = (1 - profile.level) / 2
    return Quantiles(p=(edge, 0.5, 1 - edge), x=(low, best, high))

"""Mixtures: `{ dist = "mixture", parts = ["17T..19T", "20T..30T"], weights = ["70%", "30%"] }`."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from flopline import quantity
from flopline.distributions import Mixture
from flopline.errors import QuantityError
from flopline.literals.tables import MIXTURE, probabilities, require

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from flopline.distributions import Distribution

_KEYS: Final = ("parts", "weights")


def is_mixture(raw: Mapping[object, object]) -> bool:
    """Return whether a table is the long form of a mixture."""
    return raw.get("dist") == MIXTURE


def read_mixture(raw: Mapping[object, object], read: Callable[[object], Distribution | None]) -> Distribution:
    """Return the mixture that a long form stands for.

    Parameters
    ----------
    raw : mapping
        `dist`, `parts` and `weights`.
    read : callable
        Returns the distribution that stands for one part; None where it is none.

    Raises
    ------
    QuantityError
        If a key is missing, unknown, or its value makes no sense.
    """
    require(raw, _KEYS, _KEYS)
    parts = raw["parts"]
    if not isinstance(parts, (list, tuple)) or len(parts) < 2:
        message = "`parts`: expected a list of at least two amounts"
        raise QuantityError(message, hint='write parts = ["17T..19T", "20T..30T"]')
    found = []
    for place, part in enumerate(parts, 1):
        try:
            one = read(part)
        except QuantityError as error:
            message = f"`parts`: part {place}: {error.message}"
            raise QuantityError(message, hint=error.hint) from None
        if one is None or isinstance(one, Mixture):
            what = "the name of another quantity" if one is None else "a mixture itself"
            message = f"`parts`: part {place} is {what}"
            raise QuantityError(message, hint="write all parts, with their weights, in one list")
        found.append(one)
    try:
        weights = probabilities(raw["weights"])
    except QuantityError as error:
        message = f"`weights`: {error.message}"
        raise QuantityError(message, hint=error.hint) from None
    return Mixture(parts=tuple(found), weights=weights)


def as_table(d: Mixture, write: Callable[[Distribution], object]) -> dict[str, object]:
    """Return the long form of a mixture, its parts written by `write`."""
    return {"dist": MIXTURE, "parts": [write(part) for part in d.parts], "weights": [share(w) for w in d.weights]}


def share(weight: float) -> object:
    """Return a probability as text, or as a number where no text stands for exactly it."""
    for digits in range(1, 18):
        text = f"{100 * weight:.{digits}g}%"
        if "e" not in text and quantity.parse(text, quantity.Dimension.SHARE) == weight:
            return text
    return weight

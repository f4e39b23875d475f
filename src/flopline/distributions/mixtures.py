"""Quantities that are one of several things: a value each with its probability, or a distribution each."""

from __future__ import annotations

import math
from typing import Annotated, Final, Literal, Self, TypeAlias, get_args

from pydantic import Field, model_validator

from flopline.distributions.models import (
    Beta,
    Family,
    Fixed,
    Inside,
    LogitNormal,
    Lognormal,
    Loguniform,
    Normal,
    Pert,
    Positive,
    Quantiles,
    Samples,
    Triangular,
    Uniform,
)
from flopline.errors import QuantityError

MOST_PARTS: Final = 64
"""Values of a choice, and parts of a mixture."""
ROUNDING: Final = 1e-9
"""How far from 1 probabilities may add up."""


def refuse_weights(weights: tuple[float, ...], count: int, what: str) -> None:
    """Raise unless there is a probability for each of several things, and they add up to 1.

    Raises
    ------
    QuantityError
    """
    if len(weights) != count:
        message = f"`weights` has {len(weights)} values and `{what}` has {count}"
        raise QuantityError(message, hint="give each its probability")
    whole = math.fsum(weights)
    if abs(whole - 1) > ROUNDING:
        message = f"the weights add up to {whole:.10g}, not to 1"
        raise QuantityError(message, hint="they are the probabilities of all that can be")


class Choice(Family):
    """One of several values, each with its probability.

    Attributes
    ----------
    values : tuple of float
        Different positive numbers, at least two.
    weights : tuple of float
        Their probabilities, inside (0, 1), which add up to 1.
    """

    dist: Literal["choice"] = "choice"
    values: tuple[Positive, ...] = Field(min_length=2, max_length=MOST_PARTS)
    weights: tuple[Inside, ...] = Field(min_length=2, max_length=MOST_PARTS)

    @model_validator(mode="after")
    def _probabilities(self) -> Self:
        refuse_weights(self.weights, len(self.values), "values")
        if len(set(self.values)) < len(self.values):
            message = "two values of a choice are the same"
            raise QuantityError(message, hint="add their weights")
        return self


Simple: TypeAlias = (
    Fixed
    | Normal
    | Lognormal
    | LogitNormal
    | Uniform
    | Loguniform
    | Triangular
    | Pert
    | Beta
    | Quantiles
    | Samples
    | Choice
)
"""A distribution that is no mixture."""


class Mixture(Family):
    """A quantity that is distributed in one of several ways, each with its probability.

    Which of them it is depends on nothing else; inside each of them the quantity reads one and the same normal score.

    Attributes
    ----------
    parts : tuple of distributions
        At least two; none of them a mixture itself.
    weights : tuple of float
        Their probabilities, inside (0, 1), which add up to 1.
    """

    dist: Literal["mixture"] = "mixture"
    parts: tuple[Annotated[Simple, Field(discriminator="dist")], ...] = Field(min_length=2, max_length=MOST_PARTS)
    weights: tuple[Inside, ...] = Field(min_length=2, max_length=MOST_PARTS)

    @model_validator(mode="after")
    def _probabilities(self) -> Self:
        refuse_weights(self.weights, len(self.parts), "parts")
        return self


AnyFamily: TypeAlias = Simple | Mixture
Distribution: TypeAlias = Annotated[AnyFamily, Field(discriminator="dist")]
"""Any distribution; in pydantic models the key `dist` tells which."""

FAMILIES: Final = (*get_args(Simple), Mixture)
"""The classes of all distributions, for `isinstance`."""

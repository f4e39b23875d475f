"""The families of distributions as data: frozen, validated, without behaviour.

Everything that flopline is uncertain about is positive, so every family here lives on positive numbers: a
normal distribution is conditioned on being positive, the others cannot be built with a negative end.
"""

from __future__ import annotations

from itertools import pairwise
from typing import Annotated, Literal, Self

import numpy as np
from pydantic import BaseModel, ConfigDict, Field, ValidationError, model_validator

from flopline.distributions.refusals import as_quantity_error
from flopline.errors import QuantityError
from flopline.kernels.special import normal_quantile

SMALLEST, LARGEST = 1e-100, 1e100
"""Quantities beyond these measure nothing, and their products would leave the range of doubles."""

_LARGEST_SIGMA = 50.0

Number = Annotated[float, Field(strict=True, ge=-LARGEST, le=LARGEST)]
Positive = Annotated[float, Field(strict=True, ge=SMALLEST, le=LARGEST)]
NotNegative = Annotated[float, Field(strict=True, ge=0, le=LARGEST)]
Sigma = Annotated[float, Field(strict=True, ge=1e-9, le=_LARGEST_SIGMA)]
Exponent = Annotated[float, Field(strict=True, ge=0.01, le=1e7)]
Probability = Annotated[float, Field(strict=True, ge=1e-9, le=1 - 1e-9)]
Inside = Annotated[float, Field(strict=True, gt=0, lt=1)]

MOST_SAMPLES = 1_000_000
"""Values that one empirical distribution may have."""

_LEAST_SPREAD = 1e-9
_GAP = 1 + 1e-12  # closer points than this have no slope between them


class Family(BaseModel):
    """What all distributions share: they are frozen, and refuse what makes no sense with a `QuantityError`.

    Attributes
    ----------
    dist : str
        The family's name in plans.
    """

    model_config = ConfigDict(frozen=True, extra="forbid", defer_build=True)

    dist: str

    def __init__(self, **fields: object) -> None:
        try:
            super().__init__(**fields)
        except ValidationError as error:
            raise as_quantity_error(error, type(self).__name__, tuple(type(self).model_fields)) from None


class Truncated(Family):
    """A family that may be moved away from zero, and conditioned on an interval.

    Attributes
    ----------
    min, max : float, optional
        The distribution is conditioned on lying between them.
    shift : float, optional
        What is added to the quantity that the other fields describe; `min` and `max` condition the sum.
    """

    min: Number | None = None
    max: Number | None = None
    shift: NotNegative | None = None

    @model_validator(mode="after")
    def _window(self) -> Self:
        if self.min is not None and self.max is not None and self.min >= self.max:
            message = f"`min` = {self.min:g} is not below `max` = {self.max:g}"
            raise QuantityError(message)
        least = self.shift or 0.0
        if self.max is not None and self.max <= least:
            message = f"`max` = {self.max:g} leaves nothing {f'above `shift` = {least:g}' if least else 'positive'}"
            raise QuantityError(message)
        return self


class Ranged(Truncated):
    """A family between two ends.

    Attributes
    ----------
    low, high : float
        The ends; 0 <= low < high.
    """

    low: NotNegative
    high: Positive

    @model_validator(mode="after")
    def _ends(self) -> Self:
        if self.low >= self.high:
            message = f"`low` = {self.low:g} is not below `high` = {self.high:g}"
            raise QuantityError(message)
        low, high = (end + (self.shift or 0.0) for end in (self.low, self.high))
        if (self.min is not None and self.min >= high) or (self.max is not None and self.max <= low):
            message = f"`min` and `max` leave nothing of {low:g}..{high:g}"
            raise QuantityError(message)
        return self


class Peaked(Ranged):
    """A family between two ends with a most likely value.

    Attributes
    ----------
    mode : float
        The most likely value; low <= mode <= high.
    """

    mode: NotNegative

    @model_validator(mode="after")
    def _peak(self) -> Self:
        if not self.low <= self.mode <= self.high:
            message = f"`mode` = {self.mode:g} is not between {self.low:g} and {self.high:g}"
            raise QuantityError(message)
        return self


class Fixed(Family):
    """A number without uncertainty.

    Attributes
    ----------
    value : float
        The number, positive.
    """

    dist: Literal["fixed"] = "fixed"
    value: Positive


class Normal(Truncated):
    """A normal distribution, conditioned on being positive.

    Attributes
    ----------
    mean, sd : float
        Of the distribution before it is conditioned.
    """

    dist: Literal["normal"] = "normal"
    mean: Number
    sd: Positive

    @model_validator(mode="after")
    def _spread(self) -> Self:
        if self.sd < _LEAST_SPREAD * abs(self.mean):
            message = f"`sd` = {self.sd:g} is nothing beside `mean` = {self.mean:g}"
            raise QuantityError(message, hint="write one number")
        return self


class Lognormal(Truncated):
    """A distribution whose logarithm is normal.

    Attributes
    ----------
    median : float
        The median.
    sigma : float
        Standard deviation of the natural logarithm.
    """

    dist: Literal["lognormal"] = "lognormal"
    median: Positive
    sigma: Sigma


class LogitNormal(Truncated):
    """A distribution of a share whose logit ln(x / (1 - x)) is normal.

    Attributes
    ----------
    median : float
        The median, inside (0, 1).
    sigma : float
        Standard deviation of the logit.
    """

    dist: Literal["logit-normal"] = "logit-normal"
    median: Inside
    sigma: Sigma


class Uniform(Ranged):
    """A distribution with the same density everywhere between its ends."""

    dist: Literal["uniform"] = "uniform"


class Loguniform(Ranged):
    """A distribution whose logarithm is uniform; its lower end is positive."""

    dist: Literal["loguniform"] = "loguniform"
    low: Positive


class Triangular(Peaked):
    """A distribution whose density rises in a straight line to its mode and falls in another."""

    dist: Literal["triangular"] = "triangular"


class Pert(Peaked):
    """A PERT distribution: a beta distribution on low..high with mean (low + 4 mode + high) / 6."""

    dist: Literal["pert"] = "pert"


class Beta(Truncated):
    """A beta distribution of a share.

    Attributes
    ----------
    a, b : float
        Exponents of x and 1 - x in the density, plus one; between 0.01 and 1e7.
    """

    dist: Literal["beta"] = "beta"
    a: Exponent
    b: Exponent


class Quantiles(Truncated):
    """A smooth distribution through given quantiles.

    ln x is a monotone cubic (Fritsch and Butland 1984) in the normal score between the first and the last
    point, and a straight line beyond them: two points are a lognormal distribution.

    Attributes
    ----------
    p : tuple of float
        Probabilities, increasing from 1e-9 to 1 - 1e-9; at least two.
    x : tuple of float
        The quantiles there, positive and increasing.
    """

    dist: Literal["quantiles"] = "quantiles"
    p: tuple[Probability, ...] = Field(min_length=2)
    x: tuple[Positive, ...] = Field(min_length=2)

    @model_validator(mode="after")
    def _points(self) -> Self:
        if len(self.p) != len(self.x):
            message = f"`p` has {len(self.p)} values and `x` has {len(self.x)}"
            raise QuantityError(message, hint="give each probability its quantile")
        for name, values in (("p", self.p), ("x", self.x)):
            if any(after <= before * _GAP for before, after in pairwise(values)):
                message = f"the values of `{name}` do not increase"
                raise QuantityError(message)
        steepest = float(np.max(np.diff(np.log(self.x)) / np.diff(normal_quantile(np.array(self.p)))))
        if steepest > _LARGEST_SIGMA:
            message = f"the quantiles rise as those of a lognormal distribution with sigma {steepest:.0f}"
            raise QuantityError(message, hint="check their units")
        return self


class Samples(Family):
    """An empirical distribution: each of the values is equally likely.

    Attributes
    ----------
    values : tuple of float
        At least two positive numbers, at most a million.
    """

    dist: Literal["samples"] = "samples"
    values: tuple[Positive, ...] = Field(min_length=2, max_length=MOST_SAMPLES)

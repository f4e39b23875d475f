"""A quantity of which a part is already done: its distribution given that it is not smaller."""

from __future__ import annotations

import math
from typing import NamedTuple

from flopline.distributions.atoms import weighted
from flopline.distributions.inversion import log_tails
from flopline.distributions.mixtures import Choice, Distribution, Mixture
from flopline.distributions.models import Fixed, Samples

_IMPOSSIBLE = 1e-12
"""A probability below this is that of a slip of the pen, and the tail beyond it no forecast."""


class Conditioned(NamedTuple):
    """A distribution under a condition.

    Attributes
    ----------
    amount : Distribution
        Unchanged where the condition is certain, or cannot be.
    probability : float
        Of the condition; zero where it cannot be.
    """

    amount: Distribution
    probability: float


def at_least(d: Distribution, least: float) -> Conditioned:
    """Return a quantity given that it is at least as large as a value.

    Parameters
    ----------
    d : Distribution
    least : float
        Positive.
    """
    if isinstance(d, Fixed):
        return Conditioned(d, float(d.value >= least))
    if isinstance(d, (Samples, Choice)):
        return _of_atoms(d, least)
    if isinstance(d, Mixture):
        return _of_mixture(d, least)
    probability = math.exp(log_tails(d, least)[1])
    if probability < _IMPOSSIBLE:
        return Conditioned(d, 0.0)
    if probability == 1.0:
        return Conditioned(d, 1.0)
    return Conditioned(d.model_copy(update={"min": max(least, d.min or 0.0)}), probability)


def _of_atoms(d: Samples | Choice, least: float) -> Conditioned:
    values, weights = weighted(d)
    good = values >= least
    probability = math.fsum(weights[good])
    if probability == 0.0 or good.all():
        return Conditioned(d, probability)
    left = tuple(values[good].tolist())
    if len(left) == 1:
        return Conditioned(Fixed(value=left[0]), probability)
    if isinstance(d, Samples):
        return Conditioned(Samples(values=left), probability)
    return Conditioned(Choice(values=left, weights=tuple((weights[good] / probability).tolist())), probability)


def _of_mixture(d: Mixture, least: float) -> Conditioned:
    parts = [
        (weight * found.probability, found.amount)
        for weight, part in zip(d.weights, d.parts, strict=True)
        if (found := at_least(part, least)).probability > 0.0
    ]
    probability = math.fsum(weight for weight, _ in parts)
    if probability < _IMPOSSIBLE:
        return Conditioned(d, 0.0)
    if len(parts) == 1:
        return Conditioned(parts[0][1], probability)
    weights = tuple(weight / probability for weight, _ in parts)
    return Conditioned(Mixture(parts=tuple(part for _, part in parts), weights=weights), probability)

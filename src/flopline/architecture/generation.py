"""FLOP of generating text with a cache, and of scoring it, for lengths that are uncertain.

Lengths are real numbers here: an expected number of visible pairs is the polynomial of the mask, continued
between whole lengths. Latent attention counts in its expanded form unless `absorbed` is asked for, in which
decoding kernels attend in the latent space: 2AH(2 r_kv + d_r) instead of 2AH(d_n + d_r + d_v). A scan reads a
prompt in chunks and then takes one step of its recurrence for each token.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

import numpy as np
from numpy.typing import NDArray

from flopline.architecture.extents import TOKENS, Lengths
from flopline.architecture.masks import Mask
from flopline.architecture.scans import recurrent_step
from flopline.architecture.training import profile
from flopline.architecture.values import refuse

if TYPE_CHECKING:
    from collections.abc import Mapping

    from numpy.typing import ArrayLike

    from flopline.architecture.extents import Extent
    from flopline.architecture.shape import Architecture
    from flopline.architecture.training import Profile

Floats = NDArray[np.float64]

NODES: Final = 64
"""Points at which a spread of lengths is taken where a window bends the number of pairs."""


def generation_flop(
    architecture: Architecture,
    prompt: ArrayLike,
    generated: ArrayLike,
    *,
    cv: float = 0.0,
    absorbed: bool = False,
) -> tuple[Floats, Floats]:
    """Return the FLOP of reading a prompt and of generating after it, with a key-value cache, per sample.

    Parameters
    ----------
    architecture : Architecture
        The model.
    prompt, generated : array
        Tokens of the prompt and tokens generated (their mean), broadcast against each other.
    cv : float
        Coefficient of variation of the generated length inside a run: E[L^2] = mean^2 (1 + cv^2).
    absorbed : bool
        Count latent attention of decoding in the latent space.

    Returns
    -------
    prefill, decode : array
        FLOP under the masked convention. The head runs on one position of the prompt and on every generated
        token; a generated token attends to all that is visible before it and to itself.
    """
    others = _check_lengths(architecture)
    costs = profile(architecture).body
    asked = np.broadcast_arrays(np.asarray(prompt, np.float64), np.asarray(generated, np.float64))
    start, more = asked[0], asked[1]
    step, scans = recurrent_step(architecture)
    prefill, decode = np.zeros_like(start), step * more
    for key, cost in costs.items():
        each = cost.absorbed if absorbed else cost.forward
        if isinstance(key.on, Mask):
            before = continued(key.on, start)
            prefill += cost.forward * before
            decode += each * (expected(key.on, more, cv, start) - before)
        elif key.on is TOKENS:
            prefill += cost.forward * (np.minimum(start, 1.0) if key.part == "head" else start)
            decode += cost.forward * more
        elif key.term in scans:
            prefill += cost.forward * _between(key.on, start, others)
        else:
            before = _between(key.on, start, others)
            prefill += cost.forward * before
            decode += cost.forward * (_between(key.on, start + more, others) - before)
    return prefill, decode


def forward_flop(architecture: Architecture, seq_len: ArrayLike, *, cv: float = 0.0) -> Floats:
    """Return the FLOP of one forward pass over a sequence, as scoring does, under the masked convention.

    Parameters
    ----------
    architecture : Architecture
        The model; its head runs on every position.
    seq_len : array
        Tokens of the sequence (their mean).
    cv : float
        Coefficient of variation of the length inside a run.
    """
    others = _check_lengths(architecture)
    costs = profile(architecture).body
    return _masked(costs, np.asarray(seq_len, np.float64), cv, others)


def _check_lengths(architecture: Architecture) -> Mapping[str, int]:
    """Return the further lengths of a model of text, which are zero: no images beside it."""
    if any(one.default != 0 for one in architecture.others) or architecture.unit != "tokens":
        message = f"`{architecture.model_type}` is no decoder of one stream of tokens, whose generation is counted"
        refuse("config", message, "give `flop`, or `params` and `active`")
    return {one.name: 0 for one in architecture.others}


def _masked(costs: Profile, length: Floats, cv: float, others: Mapping[str, int]) -> Floats:
    flop = np.zeros_like(length)
    for key, cost in costs.items():
        on = key.on
        times = expected(on, length, cv) if isinstance(on, Mask) else _between(on, length, others)
        flop += cost.forward * times
    return flop


def _between(on: Extent, length: Floats, others: Mapping[str, int]) -> Floats:
    """Return how often an operation runs at a real length, on the straight line between whole ones."""
    if on is TOKENS:
        return length
    below = np.floor(length)
    share = length - below
    low = np.array([on.both(Lengths(int(one), others))[1] if one >= 1 else 0 for one in below.ravel()], np.float64)
    high = np.array([on.both(Lengths(int(one) + 1, others))[1] for one in below.ravel()], np.float64)
    return np.asarray((1 - share) * low.reshape(length.shape) + share * high.reshape(length.shape), np.float64)


def continued(mask: Mask, length: Floats) -> Floats:
    """Return the number of visible pairs of a real length, the mask's polynomial between whole ones."""
    if mask.kind == "window":
        width = np.minimum(float(mask.size), length)
        return np.asarray(width * length - width * (width - 1) / 2, np.float64)
    if mask.kind == "chunk":
        whole = np.floor(length / mask.size)
        return np.asarray(whole * mask.pairs(mask.size) + _triangle(length - whole * mask.size), np.float64)
    if mask.kind == "all":
        return np.asarray(length * length, np.float64)
    if mask.kind == "band":
        side = np.minimum(float(mask.size), np.maximum(length - 1, 0.0))
        return np.asarray(length * (2 * side + 1) - side * (side + 1), np.float64)
    return _triangle(length)


def expected(mask: Mask, length: Floats, cv: float, before: Floats | float = 0.0) -> Floats:
    """Return the expected number of visible pairs of `before` plus a spread of lengths.

    Parameters
    ----------
    mask : Mask
        Which pairs are visible.
    length : array
        Mean of the spread.
    cv : float
        Its coefficient of variation. Only that matters for causal masks; windows and chunks take the spread
        as lognormal.
    before : array
        Tokens in front of it, without spread.
    """
    if cv == 0.0:
        return continued(mask, before + length)
    if mask.kind == "causal":
        return _triangle(before + length) + (cv * length) ** 2 / 2
    sigma = np.sqrt(np.log1p(cv * cv))
    nodes, weights = np.polynomial.hermite_e.hermegauss(NODES)
    weights = weights / weights.sum()
    factors = np.exp(sigma * nodes - sigma * sigma / 2)
    factors /= weights @ factors  # the nodes' mean is exact, whatever their number
    found = np.zeros_like(length)
    for weight, factor in zip(weights, factors, strict=True):
        found += weight * continued(mask, before + length * factor)
    return found


def _triangle(length: Floats) -> Floats:
    return np.asarray(length * (length + 1) / 2, np.float64)

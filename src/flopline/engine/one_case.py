"""P(total > threshold) of many scenarios of one structure, in one case of a problem's discrete choices."""

from __future__ import annotations

from dataclasses import fields
from typing import TYPE_CHECKING, NamedTuple, TypeVar

import numpy as np

from flopline.engine.integration import CERTAIN, Integrals, blank, integrate
from flopline.kernels.records import NOTHING
from flopline.kernels.structure import Structure, scales

if TYPE_CHECKING:
    from collections.abc import Callable

    from numpy.typing import NDArray

    from flopline.engine.execution import Kernels, PointSource
    from flopline.kernels.cases import Case
    from flopline.kernels.records import Floats, Integers
    from flopline.kernels.stopping import Care


_Number = TypeVar("_Number", np.float64, np.int64)


class Answers(NamedTuple):
    """Answers of N scenarios to M thresholds: (N, M) arrays, and d P / d ln scale of each row (N, M, E0)."""

    probability: Floats
    complement: Floats
    error: Floats
    code: Integers
    scale_gradient: Floats


def of_case(
    case: Case, log_scales: Floats, thresholds: Floats, care: Care, points: PointSource, chosen: Kernels
) -> Answers:
    """Return the answers of some scenarios in one case, (N, M); equal thresholds are answered once."""
    structure = case.structure
    if structure is None:
        return _never(log_scales, thresholds)
    log_scales = log_scales + case.shift
    scale = scales(structure, log_scales)
    different, inverse = np.unique(thresholds, return_inverse=True)
    shape = (len(scale), len(different))
    found = _units(
        structure,
        np.repeat(scale, shape[1], axis=0),
        np.tile(different, shape[0]),
        np.repeat(_sums(structure, log_scales), shape[1]),
        lambda units, log_threshold: integrate(structure, units, log_threshold, care, points, chosen),
    )
    with np.errstate(invalid="ignore"):
        share = np.exp(log_scales + structure.constant - scale[:, structure.merged])
    share = np.where((structure.merged >= 0) & np.isfinite(share), share, 0.0)
    steep = found.slopes.reshape(*shape, -1)[:, inverse][:, :, structure.merged]

    def spread(part: NDArray[_Number]) -> NDArray[_Number]:
        result: NDArray[_Number] = part.reshape(shape)[:, inverse]
        return result

    return Answers(
        spread(found.probability), spread(found.complement), spread(found.error), spread(found.method),
        steep * share[:, None, :],
    )  # fmt: skip


def _never(log_scales: Floats, thresholds: Floats) -> Answers:
    """Return the answers where nothing is left to be summed: zero exceeds what is negative alone."""
    over = np.broadcast_to(thresholds < 0.0, (len(log_scales), len(thresholds)))
    nothing = np.zeros(over.shape)
    return Answers(
        over.astype(np.float64), (~over).astype(np.float64), nothing, np.full(over.shape, CERTAIN),
        np.zeros((*over.shape, log_scales.shape[1])),
    )  # fmt: skip


def _sums(structure: Structure, log_scales: Floats) -> Floats:
    """Return the (N,) plain sums of the counted rows' scales: the totals themselves where nothing is uncertain."""
    counted = structure.merged >= 0
    with np.errstate(over="ignore"):
        total: Floats = np.exp(log_scales[:, counted] + structure.constant[counted]).sum(axis=1)
    return total


def _units(
    structure: Structure,
    scale: Floats,
    threshold: Floats,
    total: Floats,
    ask: Callable[[Floats, Floats], Integrals],
) -> Integrals:
    """Return the answers of B units; only those whose total is uncertain and may lie on either side are asked for."""
    certain = structure.linear.shape[1] == 0
    exists = np.any(scale > -np.inf, axis=1)
    over = exists & (total > threshold if certain else threshold <= 0.0)
    over |= threshold < 0.0
    code = np.full(len(scale), CERTAIN, dtype=np.int64)
    result = blank(code, scale.shape[1])
    result.probability[:], result.complement[:] = over, ~over
    asked = np.flatnonzero(exists & ~over & (threshold < np.inf)) if not certain else np.zeros(0, dtype=np.intp)
    if len(asked):
        found = ask(np.maximum(scale[asked], NOTHING), np.log(threshold[asked]))
        for field in fields(Integrals):
            getattr(result, field.name)[asked] = getattr(found, field.name)
    return result

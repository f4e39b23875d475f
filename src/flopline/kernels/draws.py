"""Exceedance counted over low-discrepancy draws, where no direction keeps the total monotone: the plain execution.

A draw contributes 1 where its total exceeds the threshold. Densities and gradients use a normal window on ln total,
since an indicator has none of its own.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from flopline.kernels.marginals import log_rows, tabulated

if TYPE_CHECKING:
    from flopline.kernels.records import Floats
    from flopline.kernels.structure import Structure

_ROOT_TWO_PI = 2.5066282746310002


def draw_sums(
    structure: Structure, scale: Floats, log_threshold: Floats, window: Floats, points: Floats
) -> tuple[Floats, Floats]:
    """Return the sums over each scramble's draws, for each unit.

    Parameters
    ----------
    structure : Structure
    scale : (B, E) array
    log_threshold, window : (B,) array
        Threshold, and standard deviation of the window, of ln total.
    points : (r, R, n) array
        Normal scores of n draws in each of R scrambles.

    Returns
    -------
    sums : (B, R, 3) array
        Draws over, draws not over, and the density of ln total at the threshold.
    slopes : (B, R, E) array
        Sums of d P / d ln scale of each row.
    """
    shape = points.shape[1:]
    rows = _log_rows(structure, points)
    sums = np.empty((len(scale), shape[0], 3))
    slopes = np.empty((len(scale), shape[0], len(structure.linear)))
    for unit in range(len(scale)):
        total, weight = _log_sum(rows + scale[unit][:, None])
        excess = total - log_threshold[unit]
        over = (excess > 0.0).reshape(shape).sum(axis=-1)
        near = np.exp(-0.5 * (excess / window[unit]) ** 2) / (window[unit] * _ROOT_TWO_PI)
        sums[unit, :, 0], sums[unit, :, 1] = over, shape[1] - over
        sums[unit, :, 2] = near.reshape(shape).sum(axis=-1)
        slopes[unit] = (weight * near).reshape(-1, *shape).sum(axis=-1).T
    return sums, slopes


def log_totals(structure: Structure, scale: Floats, points: Floats) -> Floats:
    """Return ln total of each unit (a (B, E) scale) at (r, R, n) points: (B, R, n)."""
    rows = _log_rows(structure, points)
    return np.stack([_log_sum(rows + own[:, None])[0].reshape(points.shape[1:]) for own in scale])


def _log_rows(structure: Structure, points: Floats) -> Floats:
    """Return ln of each row without its scale, (E, R n)."""
    flat = points.reshape(len(points), points.shape[1] * points.shape[2])
    score = np.einsum("tr,rn->tn", structure.scores, flat)[structure.score]
    tables, _ = tabulated(structure, np.arange(len(score)), score)
    return log_rows(np.einsum("er,rn->en", structure.linear, flat), structure.power, tables)


def _log_sum(rows: Floats) -> tuple[Floats, Floats]:
    """Return ln of the sum of rows and each row's share of it."""
    top = rows.max(axis=0)
    weight = np.exp(rows - top)
    total = weight.sum(axis=0)
    return top + np.log(total), weight / total

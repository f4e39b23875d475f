"""Draws counted: the formula of `kernels.draws` in loops."""

from __future__ import annotations

import numpy as np

from flopline.kernels.compiled.tables import add, combine, exp, log, table
from flopline.kernels.lines import _ROOT_TWO_PI
from flopline.kernels.records import Floats
from flopline.kernels.structure import Structure


def all_draws(
    structure: Structure,
    scale: Floats,
    log_threshold: Floats,
    window: Floats,
    points: Floats,
    sums: Floats,
    slopes: Floats,
) -> None:
    """Add every draw to the sums that `draws.draw_sums` describes."""
    power, score = structure.power, structure.score
    units, count = scale.shape
    number = points.shape[2]
    logs, rows = np.empty((count, number)), np.empty(count)
    base, value, slope = np.empty(number), np.empty(number), np.empty(number)
    for r in range(points.shape[1]):
        places = points[:, r]
        for e in range(count):
            combine(0.0, structure.linear[e], places, 0, number, logs[e])
        for v in range(len(score)):
            combine(0.0, structure.scores[score[v]], places, 0, number, base)
            table(structure, v, base, 0.0, base, number, value, slope)
            for e in range(count):
                if power[e, v] != 0.0:
                    add(power[e, v], value, 0, number, logs[e])
        for b in range(units):
            for i in range(number):
                top = -np.inf
                for e in range(count):
                    rows[e] = logs[e, i] + scale[b, e]
                    top = max(top, rows[e])
                total = 0.0
                for e in range(count):
                    rows[e] = exp(rows[e] - top)
                    total += rows[e]
                excess = top + log(total) - log_threshold[b]
                sums[b, r, 0 if excess > 0.0 else 1] += 1.0
                near = exp(max(-0.5 * (excess / window[b]) ** 2, -700.0)) / (window[b] * _ROOT_TWO_PI)
                sums[b, r, 2] += near
                for e in range(count):
                    slopes[b, r, e] += rows[e] / total * near

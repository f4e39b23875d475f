"""The kernels that are compiled and kept on disk: everything else is inlined in them.

Numba knows a stored kernel by the text of this file alone, so the stamp stands for all other text that enters it.
"""

from __future__ import annotations

import math

import numpy as np

from flopline.kernels.caching import Entry
from flopline.kernels.compiled.crossings import lanes_for, strand_sums
from flopline.kernels.compiled.design_point import design_points, lines_of, steepness
from flopline.kernels.compiled.drawing import all_draws
from flopline.kernels.compiled.jit import entry, jit
from flopline.kernels.families import Lines
from flopline.kernels.lobes import MOST
from flopline.kernels.records import BOUNDED, Floats, Integers
from flopline.kernels.stopping import (
    FEW,
    FIRST_BENT,
    FIRST_ROUGH,
    REMEMBERED,
    ROUNDING,
    SMALLEST,
    STUDENT,
    TINIEST_TAIL,
    WARY,
)
from flopline.kernels.structure import Structure

STAMP = "55e05791853a"


def _all_lines(structure: Structure, lines: Lines, points: Floats, sums: Floats, slopes: Floats) -> None:
    """Add every line to the sums that `kernels.lines.line_sums` describes."""
    size, number = points.shape[1] * points.shape[2], points.shape[2]
    flat = points.reshape(points.shape[0], size)
    room = lanes_for(structure)
    for b in range(len(lines.scale)):
        strand_sums(structure, lines, b, flat, 0, size, number, room, sums[b], slopes[b])


def _all_answers(
    structure: Structure, scale: Floats, log_threshold: Floats, limits: Floats, flat: Floats, sums: Floats,
    slopes: Floats, summary: Floats, slope: Floats, counts: Integers,
) -> None:  # fmt: skip
    """Answer units as `flopline.kernels.compiled.answers` describes."""
    room = lanes_for(structure)
    size, scrambles = structure.linear.shape[1], sums.shape[1]
    alpha, gradients, points = np.empty(size), np.empty((1 + MOST, size)), np.empty((1 + MOST, size))
    most = flat.shape[1] // scrambles
    for b in range(len(scale)):
        level = log_threshold[b]
        offset, share, number = design_points(structure, scale[b], level, alpha, gradients, points)
        if share == 0.0 or abs(level - offset) > limits[3] * steepness(gradients[0]):
            continue
        lines = lines_of(structure, scale[b], level, alpha, gradients[0], offset, points, number)
        first = limits[4]
        for j in range(size):
            if structure.leaning[j] == BOUNDED and alpha[j] != 0.0:
                first = max(first, FIRST_BENT)
        first = FIRST_ROUGH if share < 0.5 else first
        count, enough, error = 0, False, 0.0
        while not enough and count < most:
            stop = max(2 * count, SMALLEST)
            for s in range(len(lines.scale)):
                strand_sums(
                    structure, lines, s, flat, scrambles * count, scrambles * stop, stop - count, room, sums[b],
                    slopes[b],
                )  # fmt: skip
            count = stop
            _summarize(sums[b], slopes[b], summary[b], slope[b])
            error = max(summary[b, 2], REMEMBERED * error)
            accepted, tail = limits[0], min(summary[b, 0], summary[b, 1])
            if tail < limits[2]:
                accepted = min(accepted, limits[1] * max(tail, TINIEST_TAIL))
            accepted *= WARY if count < FEW else 1.0
            enough = error <= accepted and count >= first
        if min(summary[b, 0], summary[b, 1]) < TINIEST_TAIL:
            error = max(error, min(limits[0], limits[1] * TINIEST_TAIL))
        summary[b, 2] = error
        counts[b] = count if enough else -count


@jit
def _summarize(sums: Floats, slopes: Floats, found: Floats, slope: Floats) -> None:
    """Set what `stopping.summary` returns of one unit: probability, complement, error, density, and the slopes."""
    scrambles = len(sums)
    above, below, density = 0.0, 0.0, 0.0
    for e in range(len(slope)):
        slope[e] = 0.0
    for r in range(scrambles):
        both = sums[r, 0] + sums[r, 1]
        above += sums[r, 0] / both
        below += sums[r, 1] / both
        density += sums[r, 2] / both
        for e in range(len(slope)):
            slope[e] += slopes[r, e] / both / scrambles
    which = 0 if above <= below else 1
    mean, square = min(above, below) / scrambles, 0.0
    for r in range(scrambles):
        square += (sums[r, which] / (sums[r, 0] + sums[r, 1]) - mean) ** 2
    tail = min(mean, 0.5)
    found[which], found[1 - which], found[3] = tail, 1.0 - tail, density / scrambles
    spread = math.sqrt(square / (scrambles - 1)) * (STUDENT / math.sqrt(scrambles))
    found[2] = max(max(spread, ROUNDING * tail), 1e-300)


lines = Entry(_all_lines, entry)
draws = Entry(all_draws, entry)
answers = Entry(_all_answers, entry)

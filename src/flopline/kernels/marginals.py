"""ln x of tabulated variables at given normal scores: cubic Hermite tables and empirical steps.

Inside +-REACH a table is the cubic through values and slopes at KNOTS; outside it continues linearly.
"""

from __future__ import annotations

import numpy as np

from flopline.kernels.records import CELLS, REACH, STEP, Floats, Integers
from flopline.kernels.structure import WIDTH, Structure


def hermite(cubic: Floats, z: Floats) -> tuple[Floats, Floats]:
    """Return ln x and d ln x / dz of several tables.

    Parameters
    ----------
    cubic : (v, CELLS, 4) array
        One table's coefficients a line.
    z : (v, ...) array
        The scores at which to read each of them.

    Returns
    -------
    tuple of two (v, ...) arrays
    """
    inside = np.clip(z, -REACH, REACH)
    place = (inside + REACH) / WIDTH
    cell = np.minimum(place.astype(np.int64), CELLS - 1)
    s = place - cell
    at = cell * 4 + (np.arange(len(z)) * (4 * CELLS)).reshape(-1, *[1] * (z.ndim - 1))
    left, rise, bend, twist = (cubic.take(at + power) for power in range(4))
    slope = (rise + s * (2.0 * bend + 3.0 * s * twist)) / WIDTH
    value = left + s * (rise + s * (bend + s * twist)) + slope * (z - inside)
    return value, slope


def stepped(atoms: Floats, edges: Floats, z: Floats) -> Floats:
    """Return ln x of an empirical variable: the atom whose interval of scores holds z."""
    found: Floats = atoms[np.searchsorted(edges, z, side="right")]
    return found


def tabulated(structure: Structure, variables: Integers, z: Floats) -> tuple[Floats, Floats]:
    """Return ln x and d ln x / dz of some of a structure's variables.

    Parameters
    ----------
    structure : Structure
    variables : (v,) integer array
        Which variables.
    z : (v, ...) array
        The score each of them reads.

    Returns
    -------
    tuple of two (v, ...) arrays
        The slope of a STEP variable is zero.
    """
    jumps = structure.kind[variables] == STEP
    if not np.any(jumps):
        return hermite(structure.cubic if len(variables) == len(structure.cubic) else structure.cubic[variables], z)
    value, slope = np.empty_like(z), np.zeros_like(z)
    smooth = variables[~jumps]
    value[~jumps], slope[~jumps] = hermite(structure.cubic[smooth], z[~jumps])
    for i in np.flatnonzero(jumps):
        begin, end = structure.first[variables[i]], structure.first[variables[i] + 1]
        value[i] = stepped(structure.steps[begin:end], structure.edges[begin : end - 1], z[i])
    return value, slope


def log_rows(base: Floats, power: Floats, tables: Floats) -> Floats:
    """Return (E, ...) rows: base (E, ...) plus the powers (E, V) of tabulated variables (V, ...)."""
    result = base.copy()
    for v, e in zip(*(index.tolist() for index in np.nonzero(power.T)), strict=True):
        result[e] += power[e, v] * tables[v]
    return result

"""The distribution of the total as a line of bars, with the legal lines drawn in it."""

from __future__ import annotations

import math
from itertools import pairwise
from typing import TYPE_CHECKING, Final

from flopline import quantity

if TYPE_CHECKING:
    from collections.abc import Sequence

_BARS: Final = " ▁▂▃▄▅▆▇█"
_CELLS: Final = 60


def histogram(
    levels: Sequence[float],
    values: Sequence[float],
    marks: Sequence[tuple[float, str]],
    *,
    cells: int = _CELLS,
) -> list[str]:
    """Return the figure: bars, axis with marks, and what each mark is.

    Parameters
    ----------
    levels, values : sequences
        Quantiles of the total, ascending.
    marks : sequence of (FLOP, name)
        Lines to draw; those far outside are named with an arrow at the edge.

    Returns
    -------
    list of str
        Of a total that may be nothing, the cases in which it is something; no figure where those are hardly drawn.
    """
    nothing = max((level for level, value in zip(levels, values, strict=True) if value <= 0), default=0.0)
    drawn = [(level, value) for level, value in zip(levels, values, strict=True) if value > 0]
    levels, values = [level for level, _ in drawn], [value for _, value in drawn]
    if len(set(values)) < 2:
        return []
    low, high = math.log(values[0]), math.log(values[-1])
    near = [math.log(value) for value, _ in marks if low - 2 * (high - low) < math.log(value) < high + 2 * (high - low)]
    low, high = min([low, *near]), max([high, *near])
    margin = 0.02 * (high - low)
    low, high = low - margin, high + margin
    edges = [low + (high - low) * index / cells for index in range(cells + 1)]
    below = [_below(edge, levels, values, nothing) for edge in edges]
    mass = [right - left for left, right in pairwise(below)]
    top = max(mass)
    bars = "".join(_BARS[min(math.ceil(8 * one / top), 8)] if one > 0 else " " for one in mass)
    axis = ["─"] * cells
    named = []
    for value, name in marks:
        cell = int((math.log(value) - low) / (high - low) * cells)
        if 0 <= cell < cells:
            axis[cell] = "┃"
            named.append((cell, f"{quantity.exact(value)} {name}"))
        else:
            side = "left" if cell < 0 else "right"
            named.append((-1 if cell < 0 else cells, f"{quantity.exact(value)} {name} lies far to the {side}"))
    lines = [f"  {bars}", f"  {''.join(axis)}"]
    for cell, text in sorted(named):
        if not 0 <= cell < cells:
            lines.append(f"  {text}")
        elif cell < cells // 2:
            lines.append(f"  {' ' * cell}^ {text}")
        else:
            lines.append(f"  {' ' * max(cell - len(text) - 1, 0)}{text} ^")
    return lines


def _below(log_value: float, levels: Sequence[float], values: Sequence[float], nothing: float) -> float:
    """Return the probability of staying below, linear in ln FLOP between the quantiles; it begins with `nothing`."""
    logs = [math.log(value) for value in values]
    if log_value <= logs[0]:
        rest = max(0.0, 1 - (logs[0] - log_value) / max(logs[1] - logs[0], 1e-12))
        return nothing + (levels[0] - nothing) * rest
    if log_value >= logs[-1]:
        return 1 - (1 - levels[-1]) * max(0.0, 1 - (log_value - logs[-1]) / max(logs[-1] - logs[-2], 1e-12))
    for index in range(1, len(logs)):
        if log_value <= logs[index]:
            span = logs[index] - logs[index - 1]
            part = (log_value - logs[index - 1]) / span if span > 0 else 1.0
            return levels[index - 1] + part * (levels[index] - levels[index - 1])
    return 1.0

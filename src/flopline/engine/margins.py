"""The 30 % test of a reported estimate, and what two significant figures hide.

Source: Commission Guidelines on general-purpose AI models, Annex A.2 (para. 123 of July 2025, para. 120 of November
2025) and section 2.3.2.
"""

from __future__ import annotations

from dataclasses import dataclass
from fractions import Fraction
from typing import TYPE_CHECKING, Any, Final

import numpy as np

from flopline.engine.drivers import drivers
from flopline.engine.exceedance import exceedance
from flopline.engine.factors import exactly
from flopline.engine.lines import counted
from flopline.engine.masks import certain_sum
from flopline.engine.results import READINGS
from flopline.errors import Diagnostic
from flopline.quantity import in_figures, rounded

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    from flopline.engine.asking import Asked
    from flopline.engine.masks import Mask
    from flopline.engine.results import Amount, Estimate, LineResult
    from flopline.regimes import Line

MARGIN: Final = Fraction(3, 10)
"""Of the reported estimate, within which the true value must lie in the provider's best judgement (Annex A.2)."""
LEVELS: Final = (0.5, 0.25, 0.1)
"""Probabilities from which a crossing may count as reasonably likely: none is named, so all are shown."""


@dataclass(frozen=True, slots=True)
class Margin:
    """The 30 % test of one line and reading.

    Attributes
    ----------
    reported : float
        R: the median in two significant figures.
    written : str
        The same as the notification writes it.
    inside, error : float
        P(0.7 R <= C <= 1.3 R), and the numerical error of it.
    dominates : str or None
        The input with the largest share of the spread, and that share.
    share : float or None
    hidden : tuple of str
        What rounding moves to the other side of the line: `median`, `low`, `high`.
    rules : dict
        The three ways to decide near the line: the point, the probability at each level, the upper end of the band.
    """

    line: str
    reading: str
    reported: float
    written: str
    inside: float
    error: float
    dominates: str | None
    share: float | None
    hidden: tuple[str, ...]
    rules: dict[str, Any]

    def to_dict(self) -> dict[str, Any]:
        """Return the test as plain values."""
        return {name: getattr(self, name) for name in self.__slots__} | {"hidden": list(self.hidden)}


def margins_of(asked: Asked, answer: Estimate, line: Line) -> Iterator[Margin]:
    """Yield the 30 % test of a line under its three readings."""
    result = answer.lines[line.id]
    masks = asked.compiled.rows_of(counted(line, asked.compiled.entries))
    for number, reading in enumerate(READINGS):
        amount = getattr(result, reading).amount
        if amount is not None and amount.median > 0:
            yield _margin(asked, result, line, reading, masks[number], amount)


def _margin(asked: Asked, result: LineResult, line: Line, reading: str, rows: Mask, amount: Amount) -> Margin:
    exact = certain_sum(asked.compiled, rows)
    threshold = exactly(line.flop or 0.0)
    reported = rounded(exact if exact is not None else amount.median, 2)
    low, high = (1 - MARGIN) * reported, (1 + MARGIN) * reported
    if exact is not None:
        inside, error = float(low <= exact <= high), 0.0
    else:
        found = exceedance(
            asked.compiled.problem, np.stack([rows, rows]), np.array([float(low), float(high)]),
            tolerance=asked.tolerance, seed=asked.seed, threads=asked.threads, execution=asked.execution,
        )  # fmt: skip
        inside = float(found.probability[0] - found.probability[1])
        error = float(np.hypot(*found.error))
    moving = [] if exact is not None else drivers(asked.compiled, rows, None, line.id, asked.level)
    first = max(moving, key=lambda one: one.variance_share, default=None)
    probability = getattr(result, reading).probability or 0.0
    ends = (("median", exact if exact is not None else exactly(amount.median)),
            ("low", exactly(amount.low)), ("high", exactly(amount.high)))  # fmt: skip
    hidden = tuple(
        name
        for name, value in ends
        if _crosses(line, value, threshold) != _crosses(line, rounded(value, 2), threshold)
        and (name == "median" or amount.low != amount.high)
    )
    return Margin(
        line=line.id,
        reading=reading,
        reported=float(reported),
        written=in_figures(reported, 2),
        inside=inside,
        error=error,
        dominates=None if first is None else first.name,
        share=None if first is None else first.variance_share,
        hidden=hidden,
        rules={
            "point": _crosses(line, ends[0][1], threshold),
            "probability": {f"{least:g}": probability >= least for least in LEVELS},
            "upper_band": _crosses(line, high, threshold),
        },
    )


def hidden_crossings(margins: Iterable[Margin]) -> Iterator[Diagnostic]:
    """Yield where rounding would move a figure to the other side of its line."""
    for margin in margins:
        if margin.hidden:
            text = (
                f"rounding hides a crossing: of `{margin.line}` ({margin.reading} reading) the "
                f"{' and the '.join(margin.hidden)} lies on the other side of the line than its two significant "
                f"figures ({margin.written} for the median)"
            )
            yield Diagnostic("W155", text, hint="the law compares unrounded: say so where the figure is reported")


def _crosses(line: Line, value: Fraction, threshold: Fraction) -> bool:
    return value >= threshold if line.compare == ">=" else value > threshold

"""Which open questions of the law decide the word: the smallest set of disputed cells that changes it."""

from __future__ import annotations

import itertools
from typing import TYPE_CHECKING, Any, Final, NamedTuple

import numpy as np

from flopline.engine.lines import cells_of
from flopline.errors import EngineError
from flopline.regimes import Cell, Line, word

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Sequence

    from numpy.typing import NDArray

    from flopline.engine.factors import Entry
    from flopline.engine.results import Reading

    Ask = Callable[[NDArray[np.bool_]], Sequence[float]]

MOST_SETS: Final = 512
"""Sets that are tried before all cells of one side are named together."""


class Readings(NamedTuple):
    """The three readings of a line."""

    narrow: Reading
    expected: Reading
    broad: Reading


def disputes(line: Line, entries: Sequence[Entry], readings: Readings, ask: Ask) -> tuple[dict[str, Any], ...]:
    """Return the disputed cells that a plan's entries fall under, and which of them decide the word.

    Parameters
    ----------
    readings : Readings
        Of the line, already answered.
    ask : callable
        From masks over entries (N, entries) to N probabilities of crossing the line.
    """
    open_ = disputed_cells(line, entries)
    deciding = deciding_rows(line, entries, open_, readings, ask)
    return tuple(
        {
            "row": row, "lean": found.lean, "reason": found.reason, "cite": found.citation, "decides": row in deciding,
        }
        for row, found in open_.items()
    )  # fmt: skip


def disputed_cells(line: Line, entries: Sequence[Entry]) -> dict[str, Cell]:
    """Return the disputed cells of entries that no other cell rules out, by their rows."""
    return {
        found.row: found
        for entry in entries
        if all(one.answer != "no" for one in cells_of(line, entry))
        for found in cells_of(line, entry)
        if found.answer == "disputed"
    }


def deciding_rows(
    line: Line, entries: Sequence[Entry], open_: dict[str, Cell], readings: Readings, ask: Ask
) -> frozenset[str]:
    """Return the smallest set of disputed rows that changes the word of the expected reading if decided otherwise.

    More FLOP never cross less often, so such a set leans one way: rows leaning out that would count, or rows leaning
    in that would not. Of several smallest sets the first in the order of the plan is returned.
    """
    said = word(_known(readings.expected))
    sides = [
        tuple(row for row, found in open_.items() if found.lean == lean)
        for lean, other in (("out", readings.broad), ("in", readings.narrow))
        if word(_known(other)) != said
    ]
    tried = 0
    for size in range(1, max(map(len, sides), default=0) + 1):
        candidates = [frozenset(rows) for side in sides for rows in itertools.combinations(side, size)]
        tried += len(candidates)
        if tried > MOST_SETS:
            break
        masks = np.array([list(_counted(line, entries, flipped)) for flipped in candidates], dtype=bool)
        for flipped, probability in zip(candidates, ask(masks), strict=True):
            if word(probability) != said:
                return flipped
    return frozenset(sides[0]) if sides else frozenset()


def _known(reading: Reading) -> float:
    """Return a probability that was answered before anything is asked about its disputes."""
    if reading.probability is None:
        message = "a line without a probability has no disputes to decide"
        raise EngineError(message)
    return reading.probability


def _counted(line: Line, entries: Sequence[Entry], flipped: frozenset[str]) -> Iterator[bool]:
    """Yield whether each entry counts if the disputed rows in a set are decided against their lean."""
    for entry in entries:
        yield all(_counts(found) != (found.row in flipped) for found in cells_of(line, entry))


def _counts(found: Cell) -> bool:
    return found.answer == "yes" or (found.answer == "disputed" and found.lean == "in")

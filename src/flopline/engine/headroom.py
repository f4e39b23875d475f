"""How large each input may be while P of crossing a line stays at or below a limit."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import date
from typing import TYPE_CHECKING, Final

import numpy as np

from flopline.engine.asking import AMOUNTS, Asked
from flopline.engine.headroom_results import Headroom, Left, LineHeadroom, Room
from flopline.engine.masks import certain_sum
from flopline.engine.moves import Move, moves_of, together
from flopline.engine.one_third import modification_of
from flopline.engine.probing import Rebuilt, Scaled, answer_of
from flopline.engine.replacing import only_scales
from flopline.engine.results import READINGS
from flopline.engine.room import ChangedError, Checked, scaled_room
from flopline.engine.room_search import searched_room
from flopline.errors import Place, PlanError, RegimeError
from flopline.regimes import find_line
from flopline.version import VERSION

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from flopline.engine.execution import Execution
    from flopline.plan import LoadedPlan
    from flopline.regimes import Line

_PLANNED: Final = ("tokens", "prompts", "tokens_generated")
"""Keys of which an answer says how much is left."""


def headroom(
    loaded: LoadedPlan,
    *,
    below: float,
    line: str | None = None,
    vary: Sequence[str] = (),
    along: str | Mapping[str, object] | None = None,
    reading: str = "expected",
    tolerance: float = 1e-4,
    seed: int = 0,
    threads: int = 1,
    day: date | None = None,
    execution: Execution = "auto",
) -> Headroom:
    """Return, for each input alone, the largest value that keeps P of crossing at or below a limit.

    A value replaces the quantity, as an axis of a sweep does; everything else stays as uncertain as it is.

    Parameters
    ----------
    below : float
        The limit, inside (0, 1).
    line : str, optional
        Id of the line; all that have an amount by default.
    vary : sequence of str
        Dotted names, or bare keys for every stage that has them; by default all that multiplies FLOP and that a
        person chooses.
    along : str or mapping, optional
        `a=1,b=2`: ln a and ln b move together in this ratio, from their medians, instead of one by one.
    reading : {"narrow", "expected", "broad"}
    tolerance, seed, threads, day, execution
        See `flopline.engine.estimate`.

    Raises
    ------
    FloplineError
        No such line or quantity; a relative line without the model that it is a share of.
    """
    law_day = day or loaded.plan.day or date.today()  # the user's own calendar
    asked = Asked.of(loaded, law_day, tolerance=tolerance, seed=seed, threads=threads, execution=execution)
    lines = _lines(asked, line)
    multiplying = [factor.name for entry in asked.compiled.entries for term in entry.terms for factor in term]
    search = _Search(asked, below, READINGS.index(reading))
    moves = moves_of(loaded, vary, multiplying) if along is None else (together(loaded, along),)
    if not moves:
        message = "nothing that a person chooses multiplies the FLOP of this plan"
        raise PlanError(message, hint="name a quantity: --vary pretrain.utilization")
    found = tuple(_of_line(search, one, moves) for one in lines)
    planned = [
        move for move in moves_of(loaded, (), multiplying) if move.name.rpartition(".")[2] in _PLANNED
    ]  # fmt: skip
    left = tuple(_left(search, one, planned) for one in asked.law if one.flop is not None)
    return Headroom(loaded.title, loaded.sha256, law_day, seed, VERSION, below, reading, found, left)


def _lines(asked: Asked, name: str | None) -> list[Line]:
    """Return the lines that are asked about."""
    if name is None:
        return [line for line in asked.law if line.flop is not None]
    try:
        line = find_line(name, asked.law)
    except RegimeError as error:
        error.diagnostics = tuple(problem.at(Place(key="--line")) for problem in error.diagnostics)
        raise
    if line.flop is None and modification_of(asked.loaded.plan) is None:
        message = f"`{name}` is a share of a base model, and the plan names none: it has no probability"
        hint = "name the model that the first stage starts from: base = { ... }"
        raise PlanError(message, hint=hint, place=Place(key="--line"))
    return [line]


@dataclass
class _Search:
    """One question's searches: what each needs of the plan is made once."""

    asked: Asked
    below: float
    reading: int
    scaled: dict[str, Scaled | None] = field(default_factory=dict)
    checked: dict[str, Checked] = field(default_factory=dict)
    rooms: dict[tuple[str, bytes, float, str], Room] = field(default_factory=dict)

    def room(self, line: Line, move: Move) -> Room:
        """Return the room of a move under a line; lines that ask the same share the answer."""
        position = self._position(line)
        if position is None:
            return searched_room(Rebuilt(self.asked.loaded, self.asked, move, line, self.reading), self.below)
        lines = self.asked.lines
        key = (move.name, lines.rows[position].tobytes(), float(lines.thresholds[position]), line.compare)
        if key not in self.rooms:
            self.rooms[key] = self._found(line, move)
        return self.rooms[key]

    def _position(self, line: Line) -> int | None:
        """Return the distinct question behind a line; None for a share of another model's computation."""
        if line.flop is None:
            return None
        return _question(self.asked, line, self.reading)

    def _found(self, line: Line, move: Move) -> Room:
        scaled = self._scaled(move)
        if scaled is not None:
            try:
                position = _question(scaled.asked, line, self.reading)
                return scaled_room(scaled, position, self.below, self.checked.setdefault(move.name, Checked()))
            except ChangedError:
                self.scaled[move.name] = None
        return searched_room(Rebuilt(self.asked.loaded, self.asked, move, line, self.reading), self.below)

    def _scaled(self, move: Move) -> Scaled | None:
        """Return the arrays that all values of a move share; None where it changes them."""
        if move.name not in self.scaled:
            loaded = self.asked.loaded
            pure = all(only_scales(loaded, part.axis) for part in move.parts)
            self.scaled[move.name] = Scaled.of(loaded, self.asked, move) if pure else None
        return self.scaled[move.name]


def _question(asked: Asked, line: Line, reading: int) -> int:
    place = [one.id for one in asked.lines.lines].index(line.id)
    return int(asked.lines.index[3 * place + reading])


def _of_line(search: _Search, line: Line, moves: Sequence[Move]) -> LineHeadroom:
    now = answer_of(search.asked, line, search.reading)
    rooms = tuple(search.room(line, move) for move in moves)
    return LineHeadroom(line.id, line.flop, line.compare, now.probability, now.error, rooms)


def _left(search: _Search, line: Line, planned: Sequence[Move]) -> Left:
    """Return what is left to a line: FLOP, and each planned quantity's room less its median."""
    asked = search.asked
    rows = asked.lines.rows[_question(asked, line, search.reading)]
    exact = certain_sum(asked.compiled, rows)
    if exact is not None:
        taken = float(exact)
    else:
        taken = float(asked.quantiles(rows[None], np.array([1.0 - search.below]), AMOUNTS)[0, 0])
    rooms = {move.name: search.room(line, move) for move in planned}
    return Left(
        line.id,
        (line.flop or 0.0) - taken,
        {name: None if one.value is None else one.value - one.median for name, one in rooms.items()},
        {name: one.status for name, one in rooms.items()},
    )

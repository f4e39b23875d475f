"""What `headroom` answers: a value for each input and line, and what is left to every line."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Literal, TypeVar

from flopline import quantity
from flopline.documents import suggestion_hint
from flopline.engine.results import NOTICE, SCHEMA
from flopline.errors import PlanError

if TYPE_CHECKING:
    from collections.abc import Mapping
    from datetime import date

    from flopline.quantity import Dimension

Status = Literal["value", "always", "never", "irrelevant", "refused"]
"""A largest value exists; every value keeps P below; none does; P does not depend on it; there is no one such value."""

_T = TypeVar("_T")


@dataclass(frozen=True, slots=True)
class Room:
    """The largest value of one input that keeps P of one line at or below the limit.

    Attributes
    ----------
    name : str
        Of the input; of several that move together `a=1,b=2`.
    status : {"value", "always", "never", "irrelevant", "refused"}
    values : dict of str to float
        The value of each quantity that moves; empty unless `status` is `value`.
    medians : dict of str to float
        What the plan says of each now.
    units : dict of str to Dimension
    probability, error : float
        P at the values; of other answers at the end that `reason` speaks of.
    evaluations : int
        Integrations that it took.
    reason : str or None
        Why there is no value, or what else is to be known of it.
    """

    name: str
    status: Status
    values: Mapping[str, float]
    medians: Mapping[str, float]
    units: Mapping[str, Dimension]
    probability: float | None
    error: float | None
    evaluations: int
    reason: str | None = None

    @property
    def value(self) -> float | None:
        """The value, of the first quantity where several move; None where there is none."""
        return next(iter(self.values.values()), None)

    @property
    def median(self) -> float:
        """What the plan says now, of the first quantity where several move."""
        return next(iter(self.medians.values()))

    @property
    def ratio(self) -> float | None:
        """Value over median."""
        return None if self.value is None else self.value / self.median

    @property
    def ratios(self) -> Mapping[str, float]:
        """Value over median of each quantity that moves."""
        return {name: value / self.medians[name] for name, value in self.values.items()}

    def __str__(self) -> str:
        if self.value is None or self.probability is None:
            return f"{self.name}: {self.status}, {self.reason}"
        listed = ", ".join(f"{name} {quantity.significant(value, 6)}" for name, value in self.values.items())
        return f"{listed} (P {quantity.percent(self.probability)})"

    def to_dict(self) -> dict[str, Any]:
        """Return the room as plain values."""
        parts = [
            {"name": name, "unit": self.units[name].value, "median": median, "value": self.values.get(name)}
            for name, median in self.medians.items()
        ]
        return {
            "name": self.name, "status": self.status, "value": self.value, "median": self.median, "ratio": self.ratio,
            "unit": parts[0]["unit"], "parts": parts, "probability": self.probability, "error": self.error,
            "evaluations": self.evaluations, "reason": self.reason,
        }  # fmt: skip


@dataclass(frozen=True, slots=True)
class LineHeadroom:
    """The room of every input under one line.

    Attributes
    ----------
    id : str
    flop : float or None
        The line; None for a share of another model's computation.
    probability, error : float
        Of crossing, as the plan is.
    rooms : tuple of Room
    """

    id: str
    flop: float | None
    compare: str
    probability: float
    error: float
    rooms: tuple[Room, ...]

    def __getitem__(self, name: str) -> Room:
        return _found(name, {room.name: room for room in self.rooms}, "input")

    def to_dict(self) -> dict[str, Any]:
        """Return the line as plain values."""
        return {
            "id": self.id, "flop": self.flop, "compare": self.compare, "probability": self.probability,
            "error": self.error, "inputs": [room.to_dict() for room in self.rooms],
        }  # fmt: skip


@dataclass(frozen=True, slots=True)
class Left:
    """What is left to one line: the largest that keeps P at or below the limit, less what is planned (the median).

    Attributes
    ----------
    line : str
    flop : float
        The line less the total that is exceeded with the limit's probability; negative where that is above the line.
    inputs : dict of str to float or None
        Tokens, prompts and generated tokens of each stage, None where the line sets them no limit or keeps none.
    status : dict of str to str
        Why; see `Room`.
    """

    line: str
    flop: float
    inputs: Mapping[str, float | None]
    status: Mapping[str, Status]

    def to_dict(self) -> dict[str, Any]:
        """Return what is left as plain values."""
        inputs = [{"name": name, "left": left, "status": self.status[name]} for name, left in self.inputs.items()]
        return {"line": self.line, "flop": self.flop, "inputs": inputs}


@dataclass(frozen=True)
class Headroom:
    """How large each input may be while P of crossing stays at or below a limit, everything else as uncertain as it is.

    Attributes
    ----------
    below : float
        The limit.
    reading : {"narrow", "expected", "broad"}
        Whose P.
    lines : tuple of LineHeadroom
        Those that were asked for.
    left : tuple of Left
        Of every line with an amount.
    """

    title: str
    sha256: str
    law_day: date
    seed: int
    version: str
    below: float
    reading: str
    lines: tuple[LineHeadroom, ...]
    left: tuple[Left, ...]

    def __getitem__(self, name: str) -> Any:  # a line, or the room of an input where there is one line only
        by_id = {line.id: line for line in self.lines}
        if name in by_id:
            return by_id[name]
        if len(self.lines) == 1:
            return self.lines[0][name]
        return _found(name, by_id, "line")

    def to_dict(self) -> dict[str, Any]:
        """Return the envelope that `--json` prints."""
        return {
            "flopline": self.version, "schema": SCHEMA, "command": "headroom",
            "plan": {"title": self.title, "sha256": self.sha256}, "law_day": self.law_day.isoformat(),
            "seed": self.seed, "below": self.below, "reading": self.reading,
            "lines": [line.to_dict() for line in self.lines], "left": [one.to_dict() for one in self.left],
            "notice": NOTICE,
        }  # fmt: skip


def _found(name: str, known: Mapping[str, _T], what: str) -> _T:
    if name not in known:
        message = f"`{quantity.shown(name)}` is no {what} of this answer"
        raise PlanError(message, hint=suggestion_hint(name, known) or f"there are {', '.join(known)}")
    return known[name]

"""What a question about headroom moves: one quantity of a plan, or several together in a ratio."""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

from flopline.distributions import median
from flopline.documents import suggestion_hint
from flopline.errors import FloplineError, Place, PlanError
from flopline.literals import Shared
from flopline.plan import amounts_of_plan, settle
from flopline.plan.axes import Axis, axis_of
from flopline.plan.dimensions import dimension_of
from flopline.plan.names import rates_of_plan
from flopline.quantity import Dimension, parse, shown

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from flopline.plan import LoadedPlan, Stage

CHOSEN: Final = (
    "tokens", "samples", "epochs", "chips", "days", "hours", "chip_hours", "params", "active", "flop", "prompts",
    "samples_per_prompt", "tokens_per_sample", "tokens_generated",
)  # fmt: skip
"""Keys of what multiplies FLOP and a person chooses."""
_WHOLE: Final = (Dimension.COUNT, Dimension.LENGTH)
_VARY, _ALONG = Place(key="--vary"), Place(key="--along")


@dataclass(frozen=True, slots=True)
class Part:
    """One quantity that moves.

    Attributes
    ----------
    name : str
        Dotted, as asked.
    axis : Axis
        Where it stands in the plan.
    median : float
        Of what the plan says of it now.
    ratio : float
        By how much its logarithm moves for one unit of the move.
    unit : str
        What it measures.
    """

    name: str
    axis: Axis
    median: float
    ratio: float
    unit: Dimension

    @property
    def whole(self) -> bool:
        """Whether only whole numbers of it exist."""
        return self.unit in _WHOLE

    def at(self, place: float) -> float:
        """Return its value where the move has gone by `place`."""
        exponent = self.ratio * place
        return self.median * math.exp(exponent) if exponent < _FAR else math.inf


_FAR: Final = 600.0


@dataclass(frozen=True, slots=True)
class Move:
    """Quantities whose logarithms move together, from their medians.

    Attributes
    ----------
    name : str
        The quantity's dotted name; of several `a=1,b=2`.
    parts : tuple of Part
    """

    name: str
    parts: tuple[Part, ...]

    def values(self, place: float) -> tuple[float, ...]:
        """Return the values at a place, whatever of them is whole."""
        return tuple(part.at(place) for part in self.parts)

    def settled(self, values: Iterable[float]) -> tuple[float, ...]:
        """Return values rounded down where only whole numbers exist."""
        return tuple(
            math.floor(value) if part.whole and math.isfinite(value) else value
            for part, value in zip(self.parts, values, strict=True)
        )

    def start(self) -> tuple[float, ...]:
        """Return values near the medians that a plan may have."""
        return tuple(
            max(1.0, value) if part.whole else value
            for part, value in zip(self.parts, self.settled(self.values(0.0)), strict=True)
        )

    @property
    def end(self) -> float:
        """The place where the first share among the parts becomes one; infinite without shares."""
        ends = [-math.log(part.median) / part.ratio for part in self.parts if part.unit is Dimension.SHARE]
        return min((end for end in ends if end > 0), default=math.inf)


def moves_of(loaded: LoadedPlan, names: Sequence[str], multiplying: Iterable[str]) -> tuple[Move, ...]:
    """Return a move for each quantity that is asked for.

    Parameters
    ----------
    names : sequence of str
        Dotted names, or bare keys, which stand for every stage that has them; none for all that multiply FLOP and
        that a person chooses.
    multiplying : iterable of str
        Names of the quantities that the plan's FLOP are made of.

    Raises
    ------
    PlanError
        The plan has no such amount.
    """
    known = _known(loaded)
    if not names:
        made = set(multiplying)
        found = [name for name in known if name in made and name.rpartition(".")[2] in CHOSEN and not _past(name)]
    else:
        found = [name for asked in names for name in _named(asked, known)]
    return tuple(Move(name, (_part(loaded, name, 1.0),)) for name in dict.fromkeys(found))


def together(loaded: LoadedPlan, asked: str | Mapping[str, object]) -> Move:
    """Return one move of several quantities, from `a=1,b=2` or a mapping of names to numbers.

    Raises
    ------
    PlanError
        A name that the plan does not have, twice the same quantity, or a number that is zero or none.
    """
    parts = [_part(loaded, name, _ratio(name, raw), _ALONG) for name, raw in _pairs(asked, _known(loaded))]
    homes = [part.axis.quantity or part.name for part in parts]
    twice = next((part.name for part, home in zip(parts, homes, strict=True) if homes.count(home) > 1), None)
    if twice is not None:
        message = f"`{twice}` moves twice"
        raise PlanError(message, place=_ALONG)
    return Move(",".join(f"{part.name}={part.ratio:g}" for part in parts), tuple(parts))


def _pairs(asked: str | Mapping[str, object], known: Sequence[str]) -> list[tuple[str, object]]:
    if isinstance(asked, Mapping):
        given = [(str(name), raw) for name, raw in asked.items()]
    else:
        written = [part.partition("=") for part in asked.split(",") if part.strip()]
        given = [(name.strip(), raw.strip() if sign else None) for name, sign, raw in written]
    if not given:
        message = "nothing moves"
        raise PlanError(message, hint="--along pretrain.tokens=1,pretrain.params=1", place=_ALONG)
    found = []
    for name, raw in given:
        names = _named(name, known, _ALONG)
        if len(names) > 1:
            message = f"`{name}` stands for {', '.join(names)}"
            raise PlanError(message, hint="name each of them", place=_ALONG)
        found.append((names[0], raw))
    return found


def _ratio(name: str, raw: object) -> float:
    if raw is None or raw == "":
        message = f"`{name}` moves by how much?"
        raise PlanError(message, hint=f"--along {name}=1", place=_ALONG)
    sign = -1.0 if isinstance(raw, str) and raw.startswith("-") else 1.0
    try:
        value = sign * parse(raw[1:] if sign < 0 and isinstance(raw, str) else raw, Dimension.FACTOR)
    except FloplineError as error:
        raise PlanError.of(problem.at(_ALONG) for problem in error.diagnostics) from None
    if value == 0:
        message = f"`{name}={raw}` does not move"
        raise PlanError(message, hint="leave it out, and it stays as uncertain as it is", place=_ALONG)
    return value


def _known(loaded: LoadedPlan) -> tuple[str, ...]:
    """Return the names of the plan's own amounts, and of the one length of its sequences."""
    amounts = amounts_of_plan(loaded.plan)
    stages = {stage.name for stage in loaded.plan.stage}
    own = [
        name
        for name, amount in amounts.items()
        if not isinstance(amount, Shared) and name.partition(".")[0] in {"model", *stages}
    ]
    lengths = [f"{stage.name}.seq_len" for stage in loaded.plan.stage if _length(stage) is not None]
    return (*own, *lengths)


def _past(name: str) -> bool:
    """Return whether a quantity belongs to a model that a stage starts from, which nobody chooses any more."""
    return any(part.partition("[")[0] in ("base", "merges") for part in name.split(".")[1:])


def _length(stage: Stage) -> float | None:
    """Return the one length of a stage's sequences, if it has one."""
    return None if stage.seq_len is None else stage.seq_len.only


def _named(asked: str, known: Sequence[str], flag: Place = _VARY) -> list[str]:
    """Return the quantities that a dotted name or a bare key stands for."""
    if "." in asked:
        return [asked]
    found = [name for name in known if name.rpartition(".")[2] == asked]
    if not found:
        keys = sorted({name.rpartition(".")[2] for name in known})
        message = f"no stage of the plan has an amount `{shown(asked)}`"
        raise PlanError(message, hint=suggestion_hint(asked, keys) or f"amounts: {', '.join(keys)}", place=flag)
    return found


def _part(loaded: LoadedPlan, name: str, ratio: float, flag: Place = _VARY) -> Part:
    value = _today(loaded, name, flag)
    dimension = dimension_of(name, rates_of_plan(loaded.plan))
    if dimension is None:
        message = f"`{shown(name)}` is no amount"
        raise PlanError(message, hint="`flopline sweep` takes it", place=flag)
    near = max(1.0, float(round(value))) if dimension in _WHOLE else value
    return Part(name, axis_of(loaded, name, [near]), value, ratio, dimension)


def _today(loaded: LoadedPlan, name: str, flag: Place) -> float:
    """Return the median of what the plan says of a quantity."""
    owner, _, key = name.rpartition(".")
    length = next((_length(stage) for stage in loaded.plan.stage if stage.name == owner and key == "seq_len"), None)
    if length is not None:
        return float(length)
    try:
        return median(settle(name, loaded.plan, amounts_of_plan(loaded.plan))[1])
    except PlanError:
        known = _known(loaded)
        message = f"the plan has no amount `{shown(name)}`"
        hint = suggestion_hint(name, known) or f"amounts: {', '.join(known)}"
        raise PlanError(message, hint=hint, place=flag) from None

"""Two lines of law side by side, row by row, with what differs between them."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any, Final, Literal

from flopline.errors import Place, RegimeError
from flopline.regimes.activities import activities
from flopline.regimes.counting import cell_of
from flopline.regimes.finding import find_line, find_regime
from flopline.regimes.load import load_regimes
from flopline.regimes.pairing import akin
from flopline.settings import day_of

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
    from datetime import date
    from pathlib import Path

    from flopline.regimes.form import ConditionForm
    from flopline.regimes.law import Line
    from flopline.regimes.regime import Regime

Section = Literal["terms", "counts", "conditions", "tiers", "duties"]
SECTIONS: Final[tuple[Section, ...]] = ("terms", "counts", "conditions", "tiers", "duties")
_REGIME_ROWS: Final = (
    "full_name", "jurisdiction", "kind", "status", "introduced", "vetoed", "enacted", "applies", "enforced", "ended",
    "lines", "legacy", "penalties", "open_source", "instruments",
)  # fmt: skip
_ACTORS: Final = ("actor:on-behalf", "actor:affiliate", "actor:other")


@dataclass(frozen=True, slots=True)
class Row:
    """One matter, and under which name each side has it.

    Attributes
    ----------
    left, right : str or None
        The term, row of the table of counts, condition, tier or duty; None where that side has nothing like it.
    differs : bool
        The sides say different things. Between two regimes it is the answer of a row that counts; of one regime on
        two days also its reason and its paragraph.
    """

    left: str | None
    right: str | None
    differs: bool


@dataclass(frozen=True, slots=True, eq=False)
class Pair:
    """Two lines side by side.

    Attributes
    ----------
    left, right : Line
        Each as known on its own day.
    terms, counts, conditions, tiers, duties : tuple of Row
        Threshold and dates; every activity and actor; what is asked beside compute; classes of developers; what
        follows.
    """

    left: Line
    right: Line
    terms: tuple[Row, ...]
    counts: tuple[Row, ...]
    conditions: tuple[Row, ...]
    tiers: tuple[Row, ...]
    duties: tuple[Row, ...]

    @property
    def differs(self) -> bool:
        """Whether anything does."""
        return any(row.differs for section in SECTIONS for row in getattr(self, section))

    def differences(self) -> Pair:
        """Return the pair with only the rows that differ."""
        return Pair(self.left, self.right, *(_differing(getattr(self, name)) for name in SECTIONS))

    def to_dict(self) -> dict[str, Any]:
        """Return the pair as plain values, every value with its source."""
        sides = (self.left.to_dict(), self.right.to_dict())
        found: dict[str, Any] = {"left": self.left.id, "right": self.right.id, "differs": self.differs}
        for section in SECTIONS:
            left, right = (_by_name(side, section) for side in sides)
            found[section] = [_plain(row, left, right) for row in getattr(self, section)]
        return found


@dataclass(frozen=True, slots=True, eq=False)
class Comparison:
    """Two regimes side by side, and each line of one with the like of it in the other.

    Attributes
    ----------
    left, right : Regime
        Each as known on its own day.
    regimes : tuple of Row
        What they say as a whole: status, dates, lines, penalties.
    pairs : tuple of Pair
        Their lines; empty where a regime has none on its day.
    """

    left: Regime
    right: Regime
    regimes: tuple[Row, ...]
    pairs: tuple[Pair, ...]

    def differences(self) -> Comparison:
        """Return the comparison with only the rows that differ."""
        pairs = tuple(pair.differences() for pair in self.pairs)
        return replace(self, regimes=_differing(self.regimes), pairs=pairs)

    def to_dict(self) -> dict[str, Any]:
        """Return both regimes and every row as plain values, every value with its source."""
        left, right = (_by_name(one.to_dict(), "regimes") for one in (self.left, self.right))
        return {
            **{
                side: {"id": one.id, "name": one.name, "day": one.day.isoformat(), "status": one.status}
                for side, one in (("left", self.left), ("right", self.right))
            },
            "regimes": [_plain(row, left, right) for row in self.regimes],
            "pairs": [pair.to_dict() for pair in self.pairs],
        }


@dataclass(frozen=True, slots=True, eq=False)
class _Asked:
    """One side as it was asked for."""

    regime: Regime
    lines: tuple[Line, ...]
    whole: bool


def compare(left: str, right: str, day: date, search_path: Sequence[Path | str] = ()) -> Comparison:
    """Return two regimes or lines side by side, with what differs marked.

    A regime with several lines is set against the one line of another; two days of one regime line by line.

    Parameters
    ----------
    left, right : str
        Id of a regime or of a line, and the day of the law where it is another: `eu-ai-act@2025-01-01`.
    day : date
        The day of the law for a side that names none.
    search_path : sequence of path, optional
        See `load_regimes`.

    Raises
    ------
    RegimeError
        For an id that nothing bears, for two regimes that both have several lines, and for wrong files.
    PlanError
        For a day that is none.
    """
    one, other = (_asked(text, name, day, search_path) for text, name in ((left, "A"), (right, "B")))
    same = one.regime.id == other.regime.id
    rows = tuple(
        _alike(name, _regime_fact(one.regime, name), _regime_fact(other.regime, name)) for name in _REGIME_ROWS
    )
    told = tuple(row for row, name in zip(rows, _REGIME_ROWS, strict=True) if _told(one.regime, other.regime, name))
    return Comparison(one.regime, other.regime, told, tuple(_pair(*both) for both in _pairs(one, other, same)))


def _asked(text: str, argument: str, day: date, search_path: Sequence[Path | str]) -> _Asked:
    """Return the regime and the lines that an argument names."""
    name, at, when = text.partition("@")
    regimes = load_regimes((day_of(when, argument) if at else None) or day, search_path)
    try:
        regime = find_regime(name.partition("/")[0], regimes)
        whole = "/" not in name
        return _Asked(regime, _known(regime) if whole else (_line(regime, name),), whole)
    except RegimeError as error:
        error.diagnostics = tuple(problem.at(Place(key=argument)) for problem in error.diagnostics)
        raise


def _known(regime: Regime) -> tuple[Line, ...]:
    """Return the lines of a regime, those that are law and those of the past or to come."""
    return (*regime.lines, *regime.others)


def _line(regime: Regime, name: str) -> Line:
    if not (known := _known(regime)):
        message = f"`{regime.id}` has no compute line on {regime.day}"
        raise RegimeError(message, hint=f"`{regime.id}` compares the regime as a whole", code="E370")
    return find_line(name, known)


def _pairs(one: _Asked, other: _Asked, same: bool) -> Iterator[tuple[Line, Line]]:
    """Yield which line stands beside which."""
    if same and one.whole and other.whole:
        by_id = {line.id: line for line in other.lines}
        yield from ((line, by_id[line.id]) for line in one.lines if line.id in by_id)
        return
    if len(one.lines) > 1 and len(other.lines) > 1:
        message = f"`{one.regime.id}` and `{other.regime.id}` both have several lines"
        named = ", ".join(f"`{line.id}`" for line in (*one.lines, *other.lines))
        raise RegimeError(message, hint=f"name one line of either: {named}", code="E370", place=Place(key="A"))
    yield from ((left, right) for left in one.lines for right in other.lines)


def _pair(left: Line, right: Line) -> Pair:
    over_time = left.regime == right.regime and left.day != right.day
    terms = _terms(over_time).items()
    duties, others = ({duty.id: duty for duty in line.duties} for line in (left, right))
    return Pair(
        left,
        right,
        terms=tuple(_alike(name, of(left), of(right)) for name, of in terms if of(left) or of(right)),
        # A share of another model's computation is counted as other lines count: it has no table of its own.
        counts=()
        if left.relative or right.relative
        else tuple(_counted(row, left, right, over_time) for row in (*activities(), *_ACTORS)),
        conditions=_matched(left.conditions, right.conditions, akin(_facts(left), _facts(right)), _fact),
        tiers=_matched(left.tiers, right.tiers, akin(_named(left.tiers), _named(right.tiers)), _unsourced),
        duties=_matched(duties, others, akin(_named(duties), _named(others), by_words=True), _unsourced),
    )


def _terms(over_time: bool) -> dict[str, Callable[[Line], object]]:
    """Return what is compared of each term: of the threshold over time all versions, else the one that stands."""
    return {
        "name": lambda line: line.name,
        "threshold": lambda line: (
            [(one.since, one.flop, one.share, one.compare) for one in line.thresholds]
            if over_time
            else (line.flop, line.share, line.compare)
        ),
        "relative": lambda line: line.relative and (line.relative.direct, line.relative.cumulative),
        "quantity": lambda line: line.quantity,
        "nature": lambda line: line.nature,
        "status": lambda line: line.status,
        "introduced": lambda line: line.life.introduced,
        "vetoed": lambda line: line.life.vetoed,
        "enacted": lambda line: line.enacted,
        "applies": lambda line: line.applies,
        "ended": lambda line: line.ended,
        "anchors": lambda line: line.anchors,
        "intent": lambda line: line.intent,
    }


def _counted(row: str, left: Line, right: Line, over_time: bool) -> Row:
    one, other = cell_of(left, row), cell_of(right, row)
    differs = (one.answer, one.lean) != (other.answer, other.lean)
    reworded = over_time and (one.reason, one.citation) != (other.reason, other.citation)
    return Row(row, row, differs or reworded)


def _facts(line: Line) -> dict[str, str]:
    """Return what answers each condition: conditions of two laws that one fact answers are the same matter."""
    kinds = ("market", "model", "generates", "role", "exempt", "open")
    found = {}
    for name, condition in line.conditions.items():
        kind = next(kind for kind in kinds if getattr(condition, kind) is not None)
        found[name] = condition.model or kind
    return found


def _fact(condition: ConditionForm) -> dict[str, Any]:
    return condition.model_dump(exclude={"question", "who", "source"}, exclude_none=True)


def _unsourced(part: Any) -> dict[str, Any]:
    plain: dict[str, Any] = part.model_dump(exclude={"id", "source"}, exclude_none=True)
    return plain


def _named(parts: Iterable[str]) -> dict[str, str]:
    return {name: name for name in parts}


def _matched(
    lefts: Mapping[str, Any],
    rights: Mapping[str, Any],
    names: Iterable[tuple[str | None, str | None]],
    said: Callable[[Any], object],
) -> tuple[Row, ...]:
    """Return the rows of parts that stand side by side; what only one side has differs."""
    return tuple(
        Row(left, right, left is None or right is None or said(lefts[left]) != said(rights[right]))
        for left, right in names
    )


def _alike(name: str, left: object, right: object) -> Row:
    return Row(name, name, left != right)


def _regime_fact(regime: Regime, name: str) -> object:
    """Return what is compared of a regime: values and words, whatever source they come from."""
    if name == "lines":
        return [(line.id, line.flop, line.share, line.compare) for line in _known(regime)]
    if name in ("penalties", "instruments"):
        return [_unsourced(one) for one in getattr(regime.form, name)]
    if name in ("introduced", "vetoed"):
        return getattr(regime.life, name)
    if name in ("legacy", "open_source"):
        one = getattr(regime.form, name)
        return one and _unsourced(one)
    return getattr(regime, name)


def _told(left: Regime, right: Regime, name: str) -> bool:
    return bool(_regime_fact(left, name) or _regime_fact(right, name))


def _differing(rows: Iterable[Row]) -> tuple[Row, ...]:
    return tuple(row for row in rows if row.differs)


def _by_name(side: Mapping[str, Any], section: str) -> Mapping[str, Any]:
    """Return the plain values of a section by the names that rows have."""
    if section == "terms":
        return {**side, "threshold": side["thresholds"]}
    if section == "regimes":
        keys = ("id", "flop", "share", "compare", "status")
        lines = [{key: line[key] for key in keys} for line in (*side["lines"], *side["others"])]
        return {**side, "lines": lines}
    return {one.get("row") or one["id"]: one for one in side[section]}


def _plain(row: Row, left: Mapping[str, Any], right: Mapping[str, Any]) -> dict[str, Any]:
    return {
        "left_id": row.left,
        "right_id": row.right,
        "differs": row.differs,
        "left": None if row.left is None else left.get(row.left),
        "right": None if row.right is None else right.get(row.right),
    }

"""Two lines row by row: which parts of them are one matter, and whether they say the same of it."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Final, Literal

from flopline.regimes.activities import activities
from flopline.regimes.counting import cell_of
from flopline.regimes.pairing import akin

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Mapping

    from flopline.regimes.form import ConditionForm
    from flopline.regimes.law import Line

Section = Literal["terms", "counts", "conditions", "tiers", "duties"]
SECTIONS: Final[tuple[Section, ...]] = ("terms", "counts", "conditions", "tiers", "duties")
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
        return Pair(self.left, self.right, *(differing(getattr(self, name)) for name in SECTIONS))

    def to_dict(self) -> dict[str, Any]:
        """Return the pair as plain values, every value with its source."""
        sides = (self.left.to_dict(), self.right.to_dict())
        found: dict[str, Any] = {"left": self.left.id, "right": self.right.id, "differs": self.differs}
        for section in SECTIONS:
            left, right = (_by_name(side, section) for side in sides)
            found[section] = [plain_row(row, left, right) for row in getattr(self, section)]
        return found


def pair_of(left: Line, right: Line) -> Pair:
    """Return two lines side by side; of one line on two days a changed reason or paragraph differs too."""
    over_time = left.regime == right.regime and left.day != right.day
    terms = _terms(over_time).items()
    duties, others = ({duty.id: duty for duty in line.duties} for line in (left, right))
    return Pair(
        left,
        right,
        terms=tuple(alike(name, of(left), of(right)) for name, of in terms if of(left) or of(right)),
        # A share of another model's computation is counted as other lines count: it has no table of its own.
        counts=()
        if left.relative or right.relative
        else tuple(_counted(row, left, right, over_time) for row in (*activities(), *_ACTORS)),
        conditions=_matched(left.conditions, right.conditions, akin(_facts(left), _facts(right)), _fact),
        tiers=_matched(left.tiers, right.tiers, akin(_named(left.tiers), _named(right.tiers)), unsourced),
        duties=_matched(duties, others, akin(_named(duties), _named(others), by_words=True), unsourced),
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
        # What no fact of a plan answers is a matter of its own.
        found[name] = name if condition.open else condition.model or kind
    return found


def _fact(condition: ConditionForm) -> dict[str, Any]:
    if condition.open:
        return {"question": condition.question}
    return condition.model_dump(exclude={"question", "who", "source"}, exclude_none=True)


def unsourced(part: Any) -> dict[str, Any]:
    """Return what a table of the file says, whatever it is called and wherever it is written."""
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


def alike(name: str, left: object, right: object) -> Row:
    """Return the row of a matter that both sides have under one name."""
    return Row(name, name, left != right)


def differing(rows: Iterable[Row]) -> tuple[Row, ...]:
    """Return the rows that differ."""
    return tuple(row for row in rows if row.differs)


def _by_name(side: Mapping[str, Any], section: str) -> Mapping[str, Any]:
    """Return the plain values of a section by the names that rows have."""
    if section == "terms":
        return {**side, "threshold": side["thresholds"]}
    return {one.get("row") or one["id"]: one for one in side[section]}


def plain_row(row: Row, left: Mapping[str, Any], right: Mapping[str, Any]) -> dict[str, Any]:
    """Return a row with what either side says, by the names that it has there."""
    return {
        "left_id": row.left,
        "right_id": row.right,
        "differs": row.differs,
        "left": None if row.left is None else left.get(row.left),
        "right": None if row.right is None else right.get(row.right),
    }

"""What a line counts: from what an entry is to yes, no or disputed, and to the three readings."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Final, Literal, NamedTuple

from flopline.regimes.activities import activities, find_activity
from flopline.regimes.law import Cell

if TYPE_CHECKING:
    from collections.abc import Sequence

    from flopline.regimes.form import Actor, Answer
    from flopline.regimes.law import Lean, Line

Relation = Literal["this-model", "ancestor", "teacher", "auxiliary"]
Fate = Literal["kept", "discarded", "lost"]
Phase = Literal["before", "after"]
Arithmetic = Literal["floating", "integer"]

SYNTHETIC: Final = ("synth-private", "synth-public")
"""The two activities that only the accessibility of the data tells apart."""


@dataclass(frozen=True, slots=True)
class Attributes:
    """What an entry is, in the words that laws distinguish.

    Attributes
    ----------
    activity : str
        What it is for, from the vocabulary.
    actor : {"own", "on-behalf", "affiliate", "other"}
        Who carries it out.
    relation : {"this-model", "ancestor", "teacher", "auxiliary"}
        Which model it belongs to.
    fate : {"kept", "discarded", "lost"}
        What became of it: kept, a discarded sample (or run), a lost step.
    public : {"yes", "no", "unknown"} or None
        Whether synthetic data is publicly accessible; None takes the activity's name for it.
    phase : {"before", "after"}
        Before or after the model is placed on the market.
    arithmetic : {"floating", "integer"}
        What the machine computes with.

    Raises
    ------
    RegimeError
        For an activity that is not in the vocabulary.
    """

    activity: str
    actor: Actor = "own"
    relation: Relation = "this-model"
    fate: Fate = "kept"
    public: Answer | None = None
    phase: Phase = "before"
    arithmetic: Arithmetic = "floating"

    def __post_init__(self) -> None:
        find_activity(self.activity)


class Counts(NamedTuple):
    """Which entries a line counts, under each reading."""

    narrow: tuple[bool, ...]
    expected: tuple[bool, ...]
    broad: tuple[bool, ...]


def rows(entry: Attributes) -> tuple[str, ...]:
    """Return the rows of a line's table that an entry falls under; it counts only as far as each of them.

    A training step that was lost is a lost step as well, one of a teacher is teacher training as well, one
    after placement is post-deployment training as well; another developer's base stays another's.
    """
    found = [entry.activity]
    training = activities()[entry.activity].kind == "training"
    if entry.fate == "lost":
        found.append("rollback-restart")
    if entry.fate == "discarded" and training:
        found.append("research-runs")
    if entry.phase == "after":
        found.append("post-deployment-training")
    if entry.relation == "teacher" and training:
        found.append("teacher-training")
    if entry.relation == "auxiliary" and training:
        found.append("aux-model-training")
    if entry.arithmetic == "integer":
        found.append("integer-operations")
    found.extend(_origin(entry))
    return tuple(dict.fromkeys(found))


def _origin(entry: Attributes) -> list[str]:
    """Return the rows that follow from whose computation it is."""
    if entry.activity in ("own-base", "other-developer-base"):
        return []
    if entry.relation == "ancestor" or entry.activity == "merged-parents":
        if entry.actor == "other":
            return ["other-developer-base"]
        return [] if entry.activity == "merged-parents" else ["own-base"]
    return [] if entry.actor == "own" else [f"actor:{entry.actor}"]


def cells(line: Line, entry: Attributes) -> tuple[Cell, ...]:
    """Return what a line says of every row that an entry falls under.

    Parameters
    ----------
    line : Line
        The line.
    entry : Attributes
        The entry.
    """
    return tuple(_synthetic(line, row, entry.public) if row in SYNTHETIC else cell_of(line, row) for row in rows(entry))


def cell(line: Line, entry: Attributes) -> Cell:
    """Return what decides whether a line counts an entry: the weakest of the cells it falls under.

    Parameters
    ----------
    line : Line
        The line.
    entry : Attributes
        The entry.
    """
    return min(cells(line, entry), key=_strength)


def counts(line: Line, entries: Sequence[Attributes]) -> Counts:
    """Return which entries a line counts: narrow (yes), expected (leaning in as well), broad (all disputed).

    Parameters
    ----------
    line : Line
        The line.
    entries : sequence of Attributes
        The entries of a plan.
    """
    strengths = [_strength(cell(line, entry)) for entry in entries]
    return Counts(*(tuple(strength >= least for strength in strengths) for least in (3, 2, 1)))


def in_total(entry: Attributes) -> bool:
    """Return whether an entry belongs to a total: training and generation of this model that is kept."""
    known = activities()
    return all(known[row].total for row in rows(entry) if not row.startswith("actor:"))


def unnamed(line: Line, entries: Sequence[Attributes]) -> tuple[str, ...]:
    """Return the rows that entries need and the line's file does not name."""
    needed = {found.row for entry in entries for found in cells(line, entry) if found.source is None}
    return tuple(sorted(needed))


def _strength(found: Cell) -> int:
    """Return 0 for no, 1 and 2 for disputed leaning out and in, 3 for yes."""
    if found.answer == "disputed":
        return 2 if found.lean == "in" else 1
    return 3 if found.answer == "yes" else 0


def cell_of(line: Line, row: str) -> Cell:
    """Return what a line says of one row of its table; a row that it does not name is disputed."""
    named = line.cells.get(row)
    if named is not None:
        return named
    return Cell(row, "disputed", "in", "The file of this regime does not name it, which settles nothing.", None)


def _synthetic(line: Line, row: str, public: Answer | None) -> Cell:
    """Return the cell of synthetic data, which follows from who can get at the data."""
    private, accessible = (cell_of(line, one) for one in SYNTHETIC)
    if public is None:
        return private if row == SYNTHETIC[0] else accessible
    if public != "unknown":
        return accessible if public == "yes" else private
    if _strength(private) == _strength(accessible):
        return private
    lean: Lean = "in" if max(_strength(private), _strength(accessible)) >= 2 else "out"
    reason = "Whether the data is publicly accessible is unknown, and the answer depends on it."
    return Cell(row, "disputed", lean, reason, private.source or accessible.source)

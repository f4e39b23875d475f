"""A line of a regime as it is known on a day, and what it says of each activity."""

from __future__ import annotations

from dataclasses import dataclass
from fractions import Fraction
from typing import TYPE_CHECKING, Literal

from flopline.quantity import flop

if TYPE_CHECKING:
    from collections.abc import Mapping
    from datetime import date

    from flopline.provenance import Source
    from flopline.regimes.form import (
        Comparator,
        ConditionForm,
        DutyRule,
        Instrument,
        Legacy,
        OpenSource,
        Penalty,
        Relative,
        Threshold,
        Tier,
    )
    from flopline.regimes.standing import Life, StatusWord

    Sourced = Threshold | ConditionForm | Tier | DutyRule | Penalty | Instrument | Legacy | OpenSource | Relative

CellAnswer = Literal["yes", "no", "disputed"]
Lean = Literal["in", "out"]


@dataclass(frozen=True, slots=True)
class Cell:
    """What a line says of one row of its table.

    Attributes
    ----------
    row : str
        The activity, or `actor:` and who carries the computation out.
    answer : {"yes", "no", "disputed"}
        Whether it counts.
    lean : {"in", "out"} or None
        For `disputed`: the side that the expected reading takes.
    reason : str
        Why.
    source : Source or None
        Where it is written, or the text that is silent; None for a row that the file does not name.
    """

    row: str
    answer: CellAnswer
    lean: Lean | None
    reason: str
    source: Source | None

    @property
    def citation(self) -> str:
        """The paragraph behind the answer."""
        return self.source.cite if self.source else "not named in the file of this regime"

    def to_dict(self) -> dict[str, object]:
        """Return the cell as plain values."""
        return {
            "row": self.row,
            "answer": self.answer,
            "lean": self.lean,
            "reason": self.reason,
            "source": source_dict(self.source),
        }


@dataclass(frozen=True, slots=True, eq=False, repr=False)
class Line:
    """One threshold of one regime, as known on a day.

    Attributes
    ----------
    id : str
        `<regime>/<line>`.
    quantity : str
        What is compared with the threshold: `direct`, `cumulative`, or in words.
    threshold : Threshold
        The version that stands on the day, or the first to come.
    thresholds : tuple of Threshold
        Every version known on the day, oldest first.
    life : Life
        Whether it was ever enacted, and the days it became law, takes effect and ends.
    cells : mapping of str to Cell
        What it says of each activity, and of each actor as `actor:<who>`.
    relative : Relative or None
        For a line that is a share of another model's computation: the lines by which both sides are counted.
    conditions : mapping of str to ConditionForm
        What it asks beside compute; all must be met.
    anchors : tuple of {"start", "placement"}
        The events of a plan whose day decides whether it is in effect.
    intent : bool
        The status attaches with the intent to use that much compute, when training starts.
    duties : tuple of DutyRule
        What follows, inherited duties first.
    tiers : mapping of str to Tier
        The classes of developers that the duties name.
    sources : mapping of str to Source
        The regime's sources by the ids that conditions, tiers, duties and thresholds name.
    """

    id: str
    regime: str
    regime_name: str
    jurisdiction: str
    name: str
    nature: str
    quantity: str
    day: date
    threshold: Threshold
    thresholds: tuple[Threshold, ...]
    life: Life
    anchors: tuple[Literal["start", "placement"], ...]
    intent: bool
    legacy: Legacy | None
    source: Source
    duties: tuple[DutyRule, ...]
    relative: Relative | None
    cells: Mapping[str, Cell]
    conditions: Mapping[str, ConditionForm]
    tiers: Mapping[str, Tier]
    sources: Mapping[str, Source]

    def __repr__(self) -> str:
        amount = f"{self.share} of the original" if self.flop is None else flop(self.flop)
        return f"Line({self.id!r}, {self.compare} {amount})"

    @property
    def flop(self) -> float | None:
        """The threshold in FLOP; None for a share of another model's computation."""
        return self.threshold.flop

    @property
    def share(self) -> Fraction | None:
        """The share of the original model's training computation, for a relative line."""
        return None if self.threshold.share is None else Fraction(self.threshold.share)

    @property
    def compare(self) -> Comparator:
        """The comparator: `>` or `>=`."""
        return self.threshold.compare

    @property
    def enacted(self) -> date | None:
        """The day it became law."""
        return self.life.enacted

    @property
    def applies(self) -> date | None:
        """The day it takes effect."""
        return self.life.applies

    @property
    def ended(self) -> date | None:
        """The day it ends."""
        return self.life.ended

    @property
    def status(self) -> StatusWord:
        """Whether the line is in force, enacted for later, over, vetoed or a bill on the day."""
        return self.life.on(self.day)

    @property
    def status_words(self) -> str:
        """The status with its day, for people."""
        return self.life.words_on(self.day)

    def threshold_on(self, day: date) -> Threshold:
        """Return the version that stands on a day, or the first to come."""
        standing = [version for version in self.thresholds if version.since <= day]
        return standing[-1] if standing else self.thresholds[0]

    def to_dict(self) -> dict[str, object]:
        """Return the line as plain values, every value with its source."""
        sources = self.sources
        return {
            "id": self.id,
            "regime": self.regime,
            "name": self.name,
            "nature": self.nature,
            "quantity": self.quantity,
            "flop": self.flop,
            "share": self.threshold.share,
            "compare": self.compare,
            "status": self.status,
            "status_words": self.status_words,
            "introduced": iso(self.life.introduced),
            "vetoed": iso(self.life.vetoed),
            "enacted": iso(self.enacted),
            "applies": iso(self.applies),
            "ended": iso(self.ended),
            "relative": None if self.relative is None else cited(self.relative, sources),
            "anchors": list(self.anchors),
            "intent": self.intent,
            "thresholds": [cited(version, sources) for version in self.thresholds],
            "counts": [cell.to_dict() for cell in self.cells.values()],
            "conditions": [{"id": name} | cited(condition, sources) for name, condition in self.conditions.items()],
            "tiers": [{"id": name} | cited(tier, sources) for name, tier in self.tiers.items()],
            "duties": [cited(duty, sources) for duty in self.duties],
            "source": source_dict(self.source),
        }


def source_dict(source: Source | None) -> dict[str, object] | None:
    """Return a source as plain values."""
    return None if source is None else source.model_dump(mode="json")


def iso(day: date | None) -> str | None:
    """Return a day as text."""
    return None if day is None else day.isoformat()


def cited(part: Sourced, sources: Mapping[str, Source]) -> dict[str, object]:
    """Return a table of the file as plain values, with its source in place of the source's id."""
    plain = part.model_dump(mode="json", by_alias=True, exclude_none=True)
    return plain | {"source": source_dict(sources[part.source])}

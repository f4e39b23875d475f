"""A regime and its lines as they are known on a day."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Literal

from flopline.quantity import flop

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping
    from datetime import date

    from flopline.provenance import Source
    from flopline.regimes.form import (
        Comparator,
        ConditionForm,
        DutyRule,
        Instrument,
        Kind,
        Legacy,
        OpenSource,
        Penalty,
        RegimeForm,
        Threshold,
        Tier,
    )

    Sourced = Threshold | ConditionForm | Tier | DutyRule | Penalty | Instrument | Legacy | OpenSource

CellAnswer = Literal["yes", "no", "disputed"]
Lean = Literal["in", "out"]
StatusWord = Literal["in-force", "enacted", "unknown-yet", "ended", "no-line", "pending"]


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
    enacted, applies, ended : date or None
        The days it became law, takes effect and ends.
    cells : mapping of str to Cell
        What it says of each activity, and of each actor as `actor:<who>`.
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
    enacted: date | None
    applies: date | None
    ended: date | None
    anchors: tuple[Literal["start", "placement"], ...]
    intent: bool
    legacy: Legacy | None
    source: Source
    duties: tuple[DutyRule, ...]
    cells: Mapping[str, Cell]
    conditions: Mapping[str, ConditionForm]
    tiers: Mapping[str, Tier]
    sources: Mapping[str, Source]

    def __repr__(self) -> str:
        return f"Line({self.id!r}, {self.compare} {flop(self.flop)})"

    @property
    def flop(self) -> float:
        """The threshold in FLOP."""
        return self.threshold.flop

    @property
    def compare(self) -> Comparator:
        """The comparator: `>` or `>=`."""
        return self.threshold.compare

    @property
    def status(self) -> StatusWord:
        """Whether the line is in force, enacted for later, or over on the day."""
        return status_on(self.day, self.enacted, self.applies, self.ended)

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
            "compare": self.compare,
            "status": self.status,
            "enacted": _iso(self.enacted),
            "applies": _iso(self.applies),
            "ended": _iso(self.ended),
            "anchors": list(self.anchors),
            "intent": self.intent,
            "thresholds": [_cited(version, sources) for version in self.thresholds],
            "counts": [cell.to_dict() for cell in self.cells.values()],
            "conditions": [{"id": name} | _cited(condition, sources) for name, condition in self.conditions.items()],
            "tiers": [{"id": name} | _cited(tier, sources) for name, tier in self.tiers.items()],
            "duties": [_cited(duty, sources) for duty in self.duties],
            "source": source_dict(self.source),
        }


@dataclass(frozen=True, slots=True, eq=False, repr=False)
class Regime:
    """One body of law, guidance or practice, as known on a day."""

    id: str
    name: str
    full_name: str
    jurisdiction: str
    kind: Kind
    summary: str
    notes: tuple[str, ...]
    day: date
    enacted: date | None
    applies: date | None
    enforced: date | None
    ended: date | None
    lines: tuple[Line, ...]
    sources: Mapping[str, Source]
    form: RegimeForm

    def __repr__(self) -> str:
        return f"Regime({self.id!r}, {self.status_words})"

    @property
    def status(self) -> StatusWord:
        """Whether it is in force, enacted for later, pending, over, or without a compute line."""
        if self.kind == "bill":
            return "pending"
        if self.enacted is None and self.applies is None:
            return "no-line"
        return status_on(self.day, self.enacted, self.applies, self.ended)

    @property
    def status_words(self) -> str:
        """The status with its day, for people."""
        words = {
            "in-force": f"in force since {self.applies}",
            "enacted": f"enacted, applies from {self.applies}",
            "unknown-yet": f"not enacted on {self.day}",
            "ended": f"ended on {self.ended}",
            "pending": "a bill, not law",
            "no-line": "no compute line",
        }
        return words[self.status]

    def to_dict(self) -> dict[str, object]:
        """Return the regime as plain values, every value with its source."""
        return {
            "id": self.id,
            "name": self.name,
            "full_name": self.full_name,
            "jurisdiction": self.jurisdiction,
            "kind": self.kind,
            "summary": self.summary,
            "status": self.status,
            "status_words": self.status_words,
            "enacted": _iso(self.enacted),
            "applies": _iso(self.applies),
            "enforced": _iso(self.enforced),
            "ended": _iso(self.ended),
            "notes": list(self.notes),
            "lines": [line.to_dict() for line in self.lines],
            **{part: _listed(getattr(self.form, part), self.sources) for part in ("penalties", "instruments")},
            "legacy": _optional(self.form.legacy, self.sources),
            "open_source": _optional(self.form.open_source, self.sources),
            "sources": {name: source_dict(source) for name, source in self.sources.items()},
        }


def status_on(day: date, enacted: date | None, applies: date | None, ended: date | None) -> StatusWord:
    """Return where a text stands in its life on a day."""
    if ended is not None and ended <= day:
        return "ended"
    if applies is not None and applies <= day:
        return "in-force"
    if enacted is not None and enacted > day:
        return "unknown-yet"
    return "enacted"


def source_dict(source: Source | None) -> dict[str, object] | None:
    """Return a source as plain values."""
    return None if source is None else source.model_dump(mode="json")


def _iso(day: date | None) -> str | None:
    return None if day is None else day.isoformat()


def _cited(part: Sourced, sources: Mapping[str, Source]) -> dict[str, object]:
    """Return a table of the file as plain values, with its source in place of the source's id."""
    plain = part.model_dump(mode="json", by_alias=True, exclude_none=True)
    return plain | {"source": source_dict(sources[part.source])}


def _listed(parts: Iterable[Sourced], sources: Mapping[str, Source]) -> list[dict[str, object]]:
    return [_cited(part, sources) for part in parts]


def _optional(part: Sourced | None, sources: Mapping[str, Source]) -> dict[str, object] | None:
    return None if part is None else _cited(part, sources)

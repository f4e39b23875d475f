"""A regime and its lines as they are known on a day."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from flopline.regimes.law import cited, iso, source_dict

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping
    from datetime import date

    from flopline.provenance import Source
    from flopline.regimes.form import Kind, RegimeForm
    from flopline.regimes.law import Line, Sourced
    from flopline.regimes.standing import Life, StatusWord


@dataclass(frozen=True, slots=True, eq=False, repr=False)
class Regime:
    """One body of law, guidance or practice, as known on a day.

    Attributes
    ----------
    lines : tuple of Line
        What is law on the day: in force, or enacted for later.
    others : tuple of Line
        What is not: over, vetoed, a bill, a draft or a proposal; shown for comparison, never computed as law.
    """

    id: str
    name: str
    full_name: str
    jurisdiction: str
    kind: Kind
    summary: str
    notes: tuple[str, ...]
    day: date
    life: Life
    enforced: date | None
    lines: tuple[Line, ...]
    others: tuple[Line, ...]
    sources: Mapping[str, Source]
    form: RegimeForm

    def __repr__(self) -> str:
        return f"Regime({self.id!r}, {self.status_words})"

    @property
    def status(self) -> StatusWord:
        """Whether it is in force, enacted for later, pending, over, or without a compute line."""
        return "no-line" if self._lineless else self.life.on(self.day)

    @property
    def status_words(self) -> str:
        """The status with its day, for people."""
        dated = self.enacted is not None or self.applies is not None
        if self._lineless:
            return f"no compute line, {self.life.words_on(self.day)}" if dated else "no compute line"
        return self.life.words_on(self.day)

    @property
    def _lineless(self) -> bool:
        return not self.form.lines and self.kind in ("law", "guideline", "standard")

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
            "introduced": iso(self.life.introduced),
            "vetoed": iso(self.life.vetoed),
            "enacted": iso(self.enacted),
            "applies": iso(self.applies),
            "enforced": iso(self.enforced),
            "ended": iso(self.ended),
            "notes": list(self.notes),
            "lines": [line.to_dict() for line in self.lines],
            "others": [line.to_dict() for line in self.others],
            **{part: _listed(getattr(self.form, part), self.sources) for part in ("penalties", "instruments")},
            "legacy": _optional(self.form.legacy, self.sources),
            "open_source": _optional(self.form.open_source, self.sources),
            "sources": {name: source_dict(source) for name, source in self.sources.items()},
        }


def _listed(parts: Iterable[Sourced], sources: Mapping[str, Source]) -> list[dict[str, object]]:
    return [cited(part, sources) for part in parts]


def _optional(part: Sourced | None, sources: Mapping[str, Source]) -> dict[str, object] | None:
    return None if part is None else cited(part, sources)

"""One plan under every line: those of its law, those of the past and those pending, and why they differ."""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import date
from typing import TYPE_CHECKING, Any, TypeVar

from flopline.documents import suggestion_hint
from flopline.engine.asking import Asked
from flopline.engine.estimate import estimate
from flopline.engine.lines import question
from flopline.engine.masks import certain_sum
from flopline.engine.parting import Parting, PlannedActivity, parting, planned_activities
from flopline.engine.results import NOTHING, NOTICE, SCHEMA, Reading
from flopline.errors import Place, RegimeError
from flopline.quantity import shown
from flopline.regimes import comparison_lines, find_line, warnings, word

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence

    from flopline.engine.execution import Execution
    from flopline.engine.results import LineResult
    from flopline.errors import Diagnostic
    from flopline.plan import LoadedPlan
    from flopline.regimes import Line

_T = TypeVar("_T")


@dataclass(frozen=True, slots=True)
class ComparedLine:
    """One line in the table.

    Attributes
    ----------
    id, name, title : str
        `eu-ai-act/systemic-risk`, what it is, and the instrument.
    law : bool
        In force or enacted on the day. The others stand beside it for comparison: they bind nobody.
    status : str
        Where it is in its life on the day: `in-force`, `enacted`, `ended`, `vetoed`, `pending`, ...
    status_words : str
        The same with its day, for people.
    flop : float or None
        The threshold; None where it is a share of another model's computation.
    share, compare, quantity, word, certain, narrow, expected, broad, source
        As in an estimate.
    applies : {"yes", "no", "unknown", "not-yet"} or None
        None for a line that is not law.
    """

    id: str
    name: str
    title: str
    law: bool
    status: str
    status_words: str
    flop: float | None
    share: str | None
    compare: str
    quantity: str
    word: str | None
    applies: str | None
    certain: bool
    narrow: Reading
    expected: Reading
    broad: Reading
    source: dict[str, Any]

    def to_dict(self) -> dict[str, Any]:
        """Return the line as plain values."""
        return {
            "id": self.id, "name": self.name, "title": self.title, "law": self.law, "status": self.status,
            "status_words": self.status_words,
            "flop": self.flop, "share": self.share, "compare": self.compare, "quantity": self.quantity,
            "word": self.word, "applies": self.applies, "certain": self.certain, "narrow": self.narrow.to_dict(),
            "expected": self.expected.to_dict(), "broad": self.broad.to_dict(), "source": self.source,
        }  # fmt: skip


@dataclass(frozen=True)
class PlanComparison:
    """One plan under every line.

    Attributes
    ----------
    lines : tuple of ComparedLine
        Those of the law first, then the others.
    activities : tuple of PlannedActivity
        What the plan computes, what each kind is worth, and what each line with an amount of its own says of it.
    against : str
        The line that the others are held against.
    partings : tuple of Parting
        For each other line, which activities make the difference.
    """

    title: str
    sha256: str
    law_day: date
    level: float
    seed: int
    lines: tuple[ComparedLine, ...]
    activities: tuple[PlannedActivity, ...]
    against: str
    partings: tuple[Parting, ...]
    warnings: tuple[Diagnostic, ...]
    version: str

    def __getitem__(self, name: str) -> ComparedLine:
        """Return the line of that id.

        Raises
        ------
        RegimeError
            The table has no such line.
        """
        return _found(name, {line.id: line for line in self.lines})

    def parting(self, name: str) -> Parting:
        """Return where the line of that id parts from the one that the others are held against.

        Raises
        ------
        RegimeError
            No such line is held against it.
        """
        return _found(name, {one.line: one for one in self.partings})

    def to_dict(self) -> dict[str, Any]:
        """Return the envelope that `--json` prints."""
        return {
            "flopline": self.version, "schema": SCHEMA, "command": "compare",
            "plan": {"title": self.title, "sha256": self.sha256},
            "law_day": self.law_day.isoformat(), "level": self.level, "seed": self.seed,
            "lines": [line.to_dict() for line in self.lines],
            "activities": [one.to_dict() for one in self.activities],
            "against": self.against,
            "partings": [one.to_dict() for one in self.partings],
            "warnings": [{"code": warning.code, "text": warning.message} for warning in self.warnings],
            "notice": NOTICE,
        }  # fmt: skip


def compare(
    loaded: LoadedPlan,
    *,
    against: str | None = None,
    level: float = 0.9,
    tolerance: float = 1e-4,
    seed: int = 0,
    threads: int = 1,
    day: date | None = None,
    execution: Execution = "auto",
) -> PlanComparison:
    """Return one plan under every line, with the activities that make the difference.

    Parameters
    ----------
    against : str, optional
        Id of the line that the others are held against; the first of the law by default.
    level, tolerance, seed, threads, day, execution
        See `estimate`, whose numbers these are.

    Raises
    ------
    RegimeError
        No such line, or one without an amount of its own.
    PlanError, UtilizationError, EngineError
        The plan asks for something impossible.
    """
    law_day = day or loaded.plan.day or date.today()  # the user's own calendar
    answer = estimate(
        loaded, level=level, tolerance=tolerance, seed=seed, threads=threads, day=law_day, execution=execution
    )
    asked = Asked.of(loaded, law_day, level=level, tolerance=tolerance, seed=seed, threads=threads, execution=execution)
    others = comparison_lines(law_day, loaded.regimes)
    absolute = [line for line in (*asked.law, *others) if line.flop is not None]
    first = absolute[0] if against is None else _against(against, (*asked.law, *others))
    planned = planned_activities(asked, absolute)
    attributes = [entry.attributes for entry in asked.compiled.entries]
    said = [warning for line in others for warning in warnings(line, attributes, law_day)]
    return PlanComparison(
        title=answer.title,
        sha256=answer.sha256,
        law_day=law_day,
        level=level,
        seed=seed,
        lines=(
            *(_of_law(line, answer.lines[line.id]) for line in asked.law),
            *_beside(asked, others),
        ),
        activities=planned,
        against=first.id,
        partings=tuple(parting(line.id, first.id, planned) for line in absolute if line.id != first.id),
        warnings=tuple(dict.fromkeys((*answer.warnings, *said))),
        version=answer.version,
    )


def _found(name: str, known: Mapping[str, _T]) -> _T:
    if name not in known:
        message = f"`{shown(name)}` is no line of this answer"
        raise RegimeError(message, hint=suggestion_hint(name, known) or f"there are {', '.join(known)}")
    return known[name]


def _against(name: str, lines: Sequence[Line]) -> Line:
    """Return the line that the others are held against."""
    place = Place(key="against=")
    try:
        found = find_line(name, lines)
    except RegimeError as error:
        error.diagnostics = tuple(problem.at(place) for problem in error.diagnostics)
        raise
    if found.flop is None:
        message = f"`{name}` is a share of another model's computation, which counts as other lines do"
        raise RegimeError(message, hint="name a line with an amount of its own", place=place, code="E371")
    return found


def _of_law(line: Line, result: LineResult) -> ComparedLine:
    return _compared(
        line, result.certain, (result.narrow, result.expected, result.broad), word=result.word, applies=result.applies
    )


def _beside(asked: Asked, others: Sequence[Line]) -> Iterator[ComparedLine]:
    """Yield the lines that are not law, each with its readings."""
    apart = replace(asked, law=tuple(others), lines=question(asked.compiled, others))
    answers, _ = apart.answers() if apart.lines.lines else ([], None)
    amounts = apart.amounts(apart.lines.rows, asked.level) if answers else []
    readings = [Reading(*answer, amount) for answer, amount in zip(answers, amounts, strict=True)]
    certain = [certain_sum(asked.compiled, rows) is not None for rows in apart.lines.rows]
    places = iter(apart.lines.index.reshape(-1, 3).tolist())
    for line in others:
        if line.flop is None:
            yield _compared(line, False, (NOTHING, NOTHING, NOTHING), word=None, applies=None)
            continue
        narrow, expected, broad = next(places)
        said = word(readings[expected].probability or 0.0)
        three = (readings[narrow], readings[expected], readings[broad])
        yield _compared(line, certain[broad], three, word=said, applies=None)


def _compared(
    line: Line, certain: bool, readings: tuple[Reading, Reading, Reading], *, word: str | None, applies: str | None
) -> ComparedLine:
    return ComparedLine(
        line.id, line.name, line.regime_name, applies is not None, line.status, line.status_words, line.flop,
        line.threshold.share, line.compare, line.quantity, word, applies, certain, *readings,
        line.source.model_dump(mode="json"),
    )  # fmt: skip

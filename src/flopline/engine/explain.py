"""Where every number of an answer comes from: formulas, factors, peaks, cells of the law."""

from __future__ import annotations

from dataclasses import asdict, dataclass
from datetime import date
from fractions import Fraction
from typing import TYPE_CHECKING, Any

from flopline import quantity
from flopline.distributions import describe
from flopline.engine.compiled_plans import compiled as compile_once
from flopline.engine.lines import deciding_cell
from flopline.engine.resources import derived_of
from flopline.plan import several
from flopline.regimes import Line, find_line, lines

if TYPE_CHECKING:
    from flopline.engine.compile import Compiled
    from flopline.engine.factors import Entry, Factor
    from flopline.plan import LoadedPlan


@dataclass(frozen=True, slots=True)
class FactorExplanation:
    """One factor of a product: its name, value, power and source."""

    name: str
    value: str
    exponent: int
    transform: str | None
    source: str


@dataclass(frozen=True, slots=True)
class EntryExplanation:
    """One entry: what it is, its formula, and the factors of each of its products."""

    stage: str
    activity: str
    fate: str
    relation: str
    method: str
    formula: str
    terms: tuple[tuple[FactorExplanation, ...], ...]


@dataclass(frozen=True, slots=True)
class CellExplanation:
    """Why a line counts an entry, or does not."""

    stage: str
    activity: str
    answer: str
    lean: str | None
    reason: str
    citation: str
    grade: str | None
    quote: str | None


@dataclass(frozen=True, slots=True)
class LineExplanation:
    """One line: its threshold and source, and what it says of each entry."""

    id: str
    name: str
    flop: float | None
    compare: str
    quantity: str
    source: dict[str, Any]
    cells: tuple[CellExplanation, ...]


@dataclass(frozen=True, slots=True)
class Explanation:
    """Everything that an answer rests on.

    Attributes
    ----------
    entries : tuple of EntryExplanation
        What is computed, and how.
    derived : tuple of EntryExplanation
        What follows beside it.
    lines : tuple of LineExplanation
        What each law counts.
    hardware : tuple of dict
        Profiles of the chips that the plan names, with the source of every value.
    """

    title: str
    law_day: date
    entries: tuple[EntryExplanation, ...]
    derived: tuple[EntryExplanation, ...]
    lines: tuple[LineExplanation, ...]
    hardware: tuple[dict[str, Any], ...]

    def to_dict(self) -> dict[str, Any]:
        """Return everything as plain values."""
        return {
            "plan": {"title": self.title},
            "law_day": self.law_day.isoformat(),
            **{name: [asdict(one) for one in getattr(self, name)] for name in ("entries", "derived", "lines")},
            "hardware": list(self.hardware),
        }


def explain(loaded: LoadedPlan, *, day: date | None = None, line: str | None = None) -> Explanation:
    """Return the formulas and sources behind an answer.

    Parameters
    ----------
    day : date, optional
        Whose law; the plan's own day, or today.
    line : str, optional
        Only this line.

    Raises
    ------
    RegimeError
        No such line.
    """
    law_day = day or loaded.plan.day or date.today()  # the user's own calendar
    arrays = compile_once(loaded)
    known = lines(law_day, loaded.regimes)
    asked = known if line is None else (find_line(line, known),)
    chips = {machine.hardware.id: machine.hardware for stage in loaded.plan.stage
             for machine in (stage, *several(stage)) if machine.hardware is not None}  # fmt: skip
    return Explanation(
        title=loaded.title,
        law_day=law_day,
        entries=tuple(_entry(entry) for entry in arrays.entries),
        derived=tuple(
            EntryExplanation(
                one.stage,
                one.name,
                "",
                "",
                "derived",
                one.name,
                tuple(tuple(_factor(factor) for factor in term) for term in one.terms),
            )
            for one in (*arrays.derived, *derived_of(loaded, arrays.entries))
        ),
        lines=tuple(_line(one, arrays) for one in asked),
        hardware=tuple(chip.to_dict() for chip in chips.values()),
    )


def _entry(entry: Entry) -> EntryExplanation:
    attributes = entry.attributes
    terms = tuple(tuple(_factor(factor) for factor in term) for term in entry.terms)
    return EntryExplanation(
        entry.stage,
        attributes.activity,
        attributes.fate,
        attributes.relation,
        entry.method,
        entry.formula,
        terms,
    )


def _factor(factor: Factor) -> FactorExplanation:
    if isinstance(factor.amount, (int, Fraction)):
        value = quantity.significant(float(factor.amount), 6)
    else:
        value = describe(factor.amount, quantity.significant)
    return FactorExplanation(
        factor.name,
        value,
        factor.exponent,
        factor.transform.name if factor.transform else None,
        factor.source,
    )


def _line(line: Line, arrays: Compiled) -> LineExplanation:
    found = []
    for entry in arrays.entries:
        if line.flop is None:
            break  # it counts as the lines that it names
        decided = deciding_cell(line, entry)
        source = decided.source
        found.append(
            CellExplanation(
                entry.stage, entry.attributes.activity, decided.answer, decided.lean, decided.reason, decided.citation,
                source.grade if source else None, source.quote if source else None,
            )
        )  # fmt: skip
    return LineExplanation(
        line.id,
        line.name,
        line.flop,
        line.compare,
        line.quantity,
        line.source.model_dump(mode="json"),
        tuple(found),
    )

"""Answers: frozen, typed, printable, and the same as dictionaries."""

from __future__ import annotations

from dataclasses import asdict, dataclass, field
from typing import TYPE_CHECKING, Any, Final

from flopline import quantity
from flopline.documents import suggestion_hint
from flopline.errors import RegimeError
from flopline.settings import between

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Mapping
    from datetime import date

    from flopline.errors import Diagnostic

SCHEMA: Final = 1
NOTICE: Final = "not legal advice"
READINGS: Final = ("narrow", "expected", "broad")


@dataclass(frozen=True, slots=True)
class Amount:
    """An uncertain amount: its median and an equal-tailed interval."""

    median: float
    low: float
    high: float
    level: float = 0.9
    unit: str = "FLOP"

    def __str__(self) -> str:
        if self.low == self.high:
            return f"{quantity.scientific(self.median)} {self.unit}"
        low, high = quantity.scientific(self.low), quantity.scientific(self.high)
        return f"{quantity.scientific(self.median)} {self.unit} ({100 * self.level:g} %: {low} .. {high})"

    def to_dict(self) -> dict[str, Any]:
        """Return median, low and high."""
        return {"median": self.median, "low": self.low, "high": self.high}


@dataclass(frozen=True, slots=True)
class Reading:
    """What one reading of a line says.

    Attributes
    ----------
    probability : float or None
        Of crossing; 0 or 1 where the plan gives no uncertainty; None for a share of another model's computation where
        there is no such model, or nobody says what it took.
    complement : float or None
        1 - probability, accurate where that is tiny.
    error : float or None
        Standard error of the numerical integration; says nothing about the priors.
    amount : Amount or None
        The FLOP that this reading counts.
    """

    probability: float | None
    complement: float | None
    error: float | None
    amount: Amount | None

    def to_dict(self) -> dict[str, Any]:
        """Return probability, error, and the counted FLOP."""
        nothing: dict[str, Any] = {"median": None, "low": None, "high": None}
        counted = nothing if self.amount is None else self.amount.to_dict()
        return {"probability": self.probability, "error": self.error, **counted}


NOTHING: Final = Reading(None, None, None, None)
"""The reading of a line that has nothing to compare with."""


@dataclass(frozen=True, slots=True)
class LineResult:
    """One legal line: how likely it is crossed under each reading, and whether it applies.

    Attributes
    ----------
    id, name, title : str
        `eu-ai-act/systemic-risk`, what it is, and the instrument.
    flop : float or None
        The threshold; None where it is a share of another model's computation.
    share : str or None
        That share: `1/3`.
    compare : {">", ">="}
        The law's comparator.
    quantity : str
        What is compared: `direct`, `cumulative`, ...
    word : {"over", "likely", "possible", "unlikely"} or None
        Of the expected reading.
    applies : {"yes", "no", "unknown", "not-yet"}
        From role, conditions and dates; never from the probability.
    certain : bool
        The plan gives no uncertainty in what this line counts.
    intended : dict or None
        Where the intent to use that much computation is enough: `flop`, and `basis`, whether the developer declares it
        or it is inferred.
    tests : tuple of dict
        The comparisons behind a share: with which original, in which count, which of them apply.
    """

    id: str
    name: str
    title: str
    flop: float | None
    share: str | None
    compare: str
    quantity: str
    word: str | None
    applies: str
    certain: bool
    narrow: Reading
    expected: Reading
    broad: Reading
    conditions: tuple[dict[str, Any], ...]
    duties: tuple[dict[str, Any], ...]
    disputed: tuple[dict[str, Any], ...]
    intended: dict[str, Any] | None
    source: dict[str, Any]
    tests: tuple[dict[str, Any], ...] = ()

    def readings(self) -> Iterator[tuple[str, Reading]]:
        """Yield the three readings with their names."""
        for name in READINGS:
            yield name, getattr(self, name)

    def to_dict(self) -> dict[str, Any]:
        """Return the line as the JSON contract has it."""
        return {
            "id": self.id, "name": self.name, "title": self.title, "flop": self.flop, "share": self.share,
            "compare": self.compare,
            "quantity": self.quantity, "word": self.word, "applies": self.applies, "certain": self.certain,
            **{name: reading.to_dict() for name, reading in self.readings()},
            "conditions": list(self.conditions), "duties": list(self.duties), "disputed": list(self.disputed),
            "intended": self.intended, "tests": list(self.tests), "source": self.source,
        }  # fmt: skip


@dataclass(frozen=True, slots=True)
class EntryResult:
    """One entry of a stage: what it is, and how much."""

    stage: str
    activity: str
    actor: str
    relation: str
    fate: str
    public: str
    phase: str
    method: str
    formula: str
    amount: Amount
    in_total: bool
    run: str | None = None

    def to_dict(self) -> dict[str, Any]:
        """Return the entry as the JSON contract has it."""
        return {
            "stage": self.stage, "activity": self.activity, "fate": self.fate, "actor": self.actor,
            "relation": self.relation, "public": self.public, "phase": self.phase, "method": self.method,
            "formula": self.formula, "in_total": self.in_total, "run": self.run, **self.amount.to_dict(),
        }  # fmt: skip


@dataclass(frozen=True, slots=True)
class DerivedResult:
    """A quantity that follows from the plan: implied utilization, chip-hours, duration, tokens, energy, cost.

    Attributes
    ----------
    stage : str
        Whose; empty for the sum over the plan.
    remark : str, optional
        What it rests on, in words.
    sources : tuple of str
        Citations of what the plan does not say itself.
    """

    stage: str
    name: str
    amount: Amount
    remark: str | None = None
    sources: tuple[str, ...] = ()

    def to_dict(self) -> dict[str, Any]:
        """Return the quantity with its unit."""
        return {
            "name": self.name, "unit": self.amount.unit, **self.amount.to_dict(), "remark": self.remark,
            "sources": list(self.sources),
        }  # fmt: skip


@dataclass(frozen=True, slots=True)
class StageResult:
    """One stage: its kept FLOP if it happens, their expected share of the total, and how likely it happens.

    `observed` is what a run under way has shown of it, by key: numbers, and measurements with their 90 % interval.
    """

    name: str
    kind: str
    method: str
    amount: Amount
    share: float
    derived: tuple[DerivedResult, ...] = ()
    happens: float | None = None
    observed: Mapping[str, Any] | None = None

    def to_dict(self) -> dict[str, Any]:
        """Return the stage as the JSON contract has it."""
        return {
            "name": self.name, "kind": self.kind, "method": self.method, **self.amount.to_dict(), "share": self.share,
            "derived": [one.to_dict() for one in self.derived], "happens": self.happens,
            "observed": None if self.observed is None else dict(self.observed),
        }  # fmt: skip


@dataclass(frozen=True, slots=True)
class Driver:
    """One uncertain input and how much it moves the answer.

    Attributes
    ----------
    name : str
        Dotted name in the plan.
    amount : Amount
        Its own interval.
    variance_share : float
        Share of the variance of ln total that it accounts for at the median (its correlations included).
    effect : float
        Change of the expected probability of `line` when the input is 10 % larger.
    line : str
        The line whose expected probability is nearest to one half.
    source : str
        Where its distribution comes from.
    """

    name: str
    amount: Amount
    variance_share: float
    effect: float
    line: str
    source: str

    def to_dict(self) -> dict[str, Any]:
        """Return the driver as plain values."""
        return {**asdict(self), "amount": self.amount.to_dict()}


@dataclass(frozen=True, slots=True)
class Curve:
    """Quantiles of the total: probability of staying at or below each amount."""

    levels: tuple[float, ...]
    values: tuple[float, ...]

    def to_dict(self) -> dict[str, Any]:
        """Return levels and values."""
        return {"levels": list(self.levels), "values": list(self.values)}


@dataclass(frozen=True, slots=True)
class Lines:
    """The lines of an answer, by position or by id."""

    items: tuple[LineResult, ...]

    def __iter__(self) -> Iterator[LineResult]:
        return iter(self.items)

    def __len__(self) -> int:
        return len(self.items)

    def __getitem__(self, key: str | int) -> LineResult:
        if isinstance(key, int):
            return self.items[key]
        for line in self.items:
            if line.id == key:
                return line
        known = [line.id for line in self.items]
        message = f"`{quantity.shown(key)}` is no line of this answer"
        raise RegimeError(message, hint=suggestion_hint(key, known) or f"there are {', '.join(known)}")


@dataclass(frozen=True)
class Estimate:
    """The answer to one plan.

    Attributes
    ----------
    total : Amount
        Training and generation FLOP of this model that is kept.
    lines : Lines
        Every line in force or enacted on `law_day`.
    resources : tuple of DerivedResult
        Chip-hours, energy and cost of all stages whose machine is known; they enter no line and not the total.
    certain : bool
        The plan gives no uncertainty at all.
    """

    title: str
    sha256: str
    law_day: date
    level: float
    seed: int
    total: Amount
    stages: tuple[StageResult, ...]
    entries: tuple[EntryResult, ...]
    lines: Lines
    drivers: tuple[Driver, ...]
    curve: Curve
    warnings: tuple[Diagnostic, ...]
    version: str
    certain: bool
    resources: tuple[DerivedResult, ...]
    again: Callable[[float], Amount] = field(repr=False, compare=False)

    def interval(self, level: float) -> tuple[float, float]:
        """Return the equal-tailed interval of the total at another level.

        Raises
        ------
        PlanError
            The level is not between 0 and 1.
        """
        amount = self.again(between(level, "level=", 0.0, 1.0))
        return amount.low, amount.high

    def to_dict(self) -> dict[str, Any]:
        """Return the envelope that `--json` prints."""
        return {
            "flopline": self.version, "schema": SCHEMA, "command": "estimate",
            "plan": {"title": self.title, "sha256": self.sha256},
            "law_day": self.law_day.isoformat(), "level": self.level, "seed": self.seed,
            "total": {**self.total.to_dict(), "unit": self.total.unit},
            "certain": self.certain,
            "stages": [stage.to_dict() for stage in self.stages],
            "entries": [entry.to_dict() for entry in self.entries],
            "lines": [line.to_dict() for line in self.lines],
            "drivers": [driver.to_dict() for driver in self.drivers],
            "curve": self.curve.to_dict(),
            "resources": [one.to_dict() for one in self.resources],
            "warnings": [{"code": warning.code, "text": warning.message} for warning in self.warnings],
            "notice": NOTICE,
        }  # fmt: skip

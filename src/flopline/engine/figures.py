"""What forms ask for: estimates in their own precision, what rounding hides, and the 30 % test.

Sources: Commission Guidelines on general-purpose AI models, section 2.3.2 and Annex A.2 (para. 123 of July 2025, para.
120 of November 2025); GPAI Code of Practice, Model Documentation Form.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date
from fractions import Fraction
from typing import TYPE_CHECKING, Any, Final

from flopline.distributions import interval, median
from flopline.engine.applied_resources import hardware_days, wall_clock
from flopline.engine.asking import Asked
from flopline.engine.estimate import estimate
from flopline.engine.factors import exactly
from flopline.engine.margins import LEVELS, Margin, hidden_crossings, margins_of
from flopline.engine.results import NOTICE, SCHEMA, Amount
from flopline.literals import Shared
from flopline.plan import lineage_of
from flopline.plan.amounts import UNKNOWN
from flopline.quantity import counted as counted_text
from flopline.quantity import in_figures, magnitude, rounded
from flopline.regimes import form_fields

if TYPE_CHECKING:
    from collections.abc import Iterator

    from flopline.engine.execution import Execution
    from flopline.engine.results import Estimate, LineResult
    from flopline.errors import Diagnostic
    from flopline.plan import LoadedPlan
    from flopline.regimes.reporting import Field

_MONTH: Final = Fraction(365, 12)
_COARSE: Final = Fraction(1, 20)
"""Share of a figure that rounding may take before it is said."""


@dataclass(frozen=True, slots=True)
class Figure:
    """One figure of a form.

    Attributes
    ----------
    form, id, asks, unit, to
        Which form, what it asks, in which unit, of whom.
    written : str
        The figure as the form writes it, or `N/A`.
    amount : Amount or None
        The median that was rounded, with its interval.
    remark : str or None
        What it rests on, what rounding took, or why there is none.
    source : dict
        Where the form asks for it, with its grade.
    """

    form: str
    id: str
    asks: str
    unit: str
    to: tuple[str, ...]
    written: str
    amount: Amount | None
    remark: str | None
    source: dict[str, Any]

    def to_dict(self) -> dict[str, Any]:
        """Return the figure as plain values."""
        amount = None if self.amount is None else self.amount.to_dict()
        return {
            "form": self.form, "id": self.id, "asks": self.asks, "unit": self.unit, "to": list(self.to),
            "written": self.written, "amount": amount, "remark": self.remark, "source": self.source,
        }  # fmt: skip


@dataclass(frozen=True)
class Figures:
    """What forms ask for of a plan.

    Attributes
    ----------
    figures : tuple of Figure
    margins : tuple of Margin
        Of every EU line with an amount, under its three readings.
    approach : tuple of str
        How the estimate was made, stage by stage, for the description that goes with it.
    intended : dict
        The computation that US laws ask for by intent, by line.
    lower_bound : tuple of str
        Bases of unknown computation, which make the cumulative figure a lower bound.
    """

    title: str
    sha256: str
    law_day: date
    level: float
    version: str
    reading: str
    figures: tuple[Figure, ...]
    margins: tuple[Margin, ...]
    approach: tuple[str, ...]
    intended: dict[str, Any]
    lower_bound: tuple[str, ...]
    warnings: tuple[Diagnostic, ...]

    def to_dict(self) -> dict[str, Any]:
        """Return the envelope that `--json` prints."""
        return {
            "flopline": self.version, "schema": SCHEMA, "command": "figures",
            "plan": {"title": self.title, "sha256": self.sha256}, "law_day": self.law_day.isoformat(),
            "level": self.level, "reading": self.reading, "figures": [one.to_dict() for one in self.figures],
            "margins": [one.to_dict() for one in self.margins], "approach": list(self.approach),
            "intended": self.intended, "lower_bound": list(self.lower_bound),
            "warnings": [{"code": warning.code, "text": warning.message} for warning in self.warnings],
            "notice": NOTICE,
        }  # fmt: skip


def figures(
    loaded: LoadedPlan,
    *,
    reading: str = "expected",
    level: float = 0.9,
    tolerance: float = 1e-4,
    seed: int = 0,
    threads: int = 1,
    day: date | None = None,
    execution: Execution = "auto",
) -> Figures:
    """Return what forms ask for of a plan.

    Parameters
    ----------
    reading : {"narrow", "expected", "broad"}
        Whose computation the forms get.
    level, tolerance, seed, threads, day, execution
        As in `estimate`.
    """
    law_day = day or loaded.plan.day or date.today()  # the user's own calendar
    answer = estimate(
        loaded, level=level, tolerance=tolerance, seed=seed, threads=threads, day=law_day, execution=execution
    )
    asked = Asked.of(loaded, law_day, level=level, tolerance=tolerance, seed=seed, threads=threads, execution=execution)
    european = [line for line in asked.law if line.regime == "eu-ai-act" and line.flop is not None]
    margins = tuple(margin for line in european for margin in margins_of(asked, answer, line))
    return Figures(
        title=loaded.title,
        sha256=loaded.sha256,
        law_day=law_day,
        level=level,
        version=answer.version,
        reading=reading,
        figures=tuple(_figures(asked, answer, reading)),
        margins=margins,
        approach=tuple(_approach(answer)),
        intended={line.id: line.intended for line in answer.lines if line.intended is not None},
        lower_bound=tuple(one.base.name for one in lineage_of(loaded.plan) if one.base.flop == UNKNOWN),
        warnings=(*hidden_crossings(margins), *answer.warnings),
    )


def _figures(asked: Asked, answer: Estimate, reading: str) -> Iterator[Figure]:
    """Yield every figure of every form; computation goes out in the count that fits the model."""
    found: dict[str, tuple[Amount | None, str | None]] = {"training-compute": _compute(answer, reading)}
    found["wall-clock-days"] = wall_clock(asked)
    found["energy"] = _energy(answer)
    found["parameters"] = _parameters(asked)
    hardware = hardware_days(asked)
    for field in form_fields():
        if field.id != "hardware-days":
            amount, remark = found[field.id]
            yield _figure(field, amount, remark)
            continue
        for chip, amount in hardware.items():
            yield _figure(field, amount, f"of {chip}")
        if not hardware:
            yield _figure(field, None, "the plan names no machine and time")


def _compute(answer: Estimate, reading: str) -> tuple[Amount | None, str]:
    """Return the cumulative count for a model that may carry systemic risk, the direct one for others (para. 118)."""
    cumulative: LineResult = answer.lines["eu-ai-act/systemic-risk"]
    systemic = (cumulative.expected.probability or 0.0) > LEVELS[0]
    line = cumulative if systemic else answer.lines["eu-ai-act/gpai"]
    amount: Amount | None = getattr(line, reading).amount
    why = "as it is more likely than not above 10^25" if systemic else "as it is not more likely than not above 10^25"
    return amount, f"{line.quantity} count, {why}; {reading} reading, its median"


def _energy(answer: Estimate) -> tuple[Amount | None, str | None]:
    for one in answer.resources:
        if one.name == "energy":
            parts = [stage.name for stage in answer.stages if any(each.name == "energy" for each in stage.derived)]
            remark = next(each.remark for stage in answer.stages for each in stage.derived if each.name == "energy")
            missing = [stage.name for stage in answer.stages if stage.name not in parts]
            without = f"; without {', '.join(missing)}, whose machine is not known" if missing else ""
            return one.amount, f"{remark or ''}{without}".lstrip("; ")
    return None, "the plan names no machine whose power is known"


def _parameters(asked: Asked) -> tuple[Amount | None, str | None]:
    plan = asked.loaded.plan
    sizes = [size for size in (plan.model, *plan.stage) if size.config is not None or size.params is not None]
    size = sizes[0] if sizes else plan.model
    if size.config is not None:
        total = float(size.config.parameters.total)
        return Amount(total, total, total, asked.level, "parameters"), "counted from the configuration"
    if size.params is None or isinstance(size.params, Shared):
        return None, "the plan gives no parameters"
    low, high = interval(size.params, asked.level)
    return Amount(median(size.params), low, high, asked.level, "parameters"), "as the plan gives it"


def _figure(field: Field, amount: Amount | None, remark: str | None) -> Figure:
    written = "N/A" if amount is None else _written(field, amount.median)
    if amount is not None and amount.median > 0 and field.figures is not None:
        lost = abs(rounded(amount.median, field.figures) / exactly(amount.median) - 1)
        if lost > _COARSE:
            remark = "; ".join(part for part in (remark, f"rounding moves it by {float(100 * lost):.0f} %") if part)
    return Figure(
        field.form, field.id, field.asks, field.unit, field.to, written, amount, remark,
        field.source.model_dump(mode="json"),
    )  # fmt: skip


def _written(field: Field, median: float) -> str:
    """Return a figure in the precision that its form asks for."""
    if median <= 0:
        return "0"
    if field.magnitude:
        return f"10^{magnitude(median)}"
    if field.buckets:
        value = exactly(median) / _MONTH if field.unit == "months" else exactly(median)
        return _bucket(field, value)
    return in_figures(median, field.figures or 2)


def _bucket(field: Field, value: Fraction) -> str:
    """Return the range that a value lies in; an upper end belongs to its range."""
    ends = [exactly(float(end)) for end in field.buckets]
    texts = [counted_text(end) for end in field.buckets]
    if value <= ends[0]:
        return f"up to {texts[0]} {field.unit}"
    for low, high, end in zip(texts, texts[1:], ends[1:], strict=False):
        if value <= end:
            return f"{low} to {high} {field.unit}"
    return f"more than {texts[-1]} {field.unit}"


def _approach(answer: Estimate) -> Iterator[str]:
    """Yield how each part of the estimate was made: method, formula, amount with its interval."""
    for entry in answer.entries:
        if entry.amount.median > 0:
            yield f"{entry.stage}, {entry.activity}: {entry.formula}; {entry.amount}"
    for driver in answer.drivers:
        low, high = driver.amount.low, driver.amount.high
        yield f"{driver.name}: {low:.4g} .. {high:.4g} ({100 * answer.level:g} %), from {driver.source}"

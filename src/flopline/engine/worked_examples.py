"""The Commission's worked examples computed from their inputs, beside the figures that it prints."""

from __future__ import annotations

from dataclasses import asdict, dataclass
from decimal import ROUND_DOWN, ROUND_HALF_UP, Decimal
from typing import TYPE_CHECKING, Any, Literal

from flopline.engine.compile import compile_plan
from flopline.engine.masks import certain_sum, total_mask
from flopline.errors import EngineError
from flopline.plan.guidelines import GuidelinesCase, guidelines_cases

if TYPE_CHECKING:
    from flopline.provenance import Source

Agreement = Literal["rounded", "truncated", "different"]


@dataclass(frozen=True, slots=True)
class PrintedFigure:
    """A figure as printed, compared with the computed one at as many digits.

    Attributes
    ----------
    flop : str
        As it is printed.
    where : str or None
        Where, if it is printed twice.
    digits : int
        Significant digits that it has.
    agreement : {"rounded", "truncated", "different"}
        How the computed figure becomes the printed one.
    rounded : str
        The computed figure, rounded to those digits.
    """

    flop: str
    where: str | None
    digits: int
    agreement: Agreement
    rounded: str


@dataclass(frozen=True, slots=True)
class WorkedExample:
    """One worked example.

    Attributes
    ----------
    id : str
        The Commission's letter.
    inputs : dict
        What goes in, as a plan says it.
    flop : int
        What comes out, exactly.
    printed : tuple of PrintedFigure
        What the Commission prints.
    remark : str or None
        What there is to know about its inputs.
    """

    id: str
    inputs: dict[str, Any]
    flop: int
    printed: tuple[PrintedFigure, ...]
    remark: str | None


@dataclass(frozen=True, slots=True)
class WorkedExamples:
    """All worked examples with their source."""

    source: Source
    examples: tuple[WorkedExample, ...]

    def to_dict(self) -> dict[str, Any]:
        """Return everything as plain values."""
        return {"source": self.source.model_dump(mode="json"), "worked": [asdict(one) for one in self.examples]}


def worked_examples() -> WorkedExamples:
    """Return the worked examples of the Commission's Guidelines, Annex A.3, computed from their inputs."""
    shipped = guidelines_cases()
    return WorkedExamples(shipped.source, tuple(map(_worked, shipped.example)))


def _worked(case: GuidelinesCase) -> WorkedExample:
    compiled = compile_plan(case.plan())
    total = certain_sum(compiled, compiled.rows_of(total_mask(compiled.entries)))
    if total is None or total.denominator != 1:
        message = f"example {case.id} is no whole number of FLOP"
        raise EngineError(message)
    printed = tuple(compared(total.numerator, one.flop, one.where) for one in case.printed)
    return WorkedExample(case.id, case.stage, total.numerator, printed, case.remark)


def compared(flop: int, printed: str, where: str | None = None) -> PrintedFigure:
    """Return how a printed figure follows from a computed one.

    Parameters
    ----------
    flop : int
        Computed.
    printed : str
        As printed: `1.5e23`.
    """
    figure = Decimal(printed)
    digits = len(figure.as_tuple().digits)
    unit = Decimal(1).scaleb(Decimal(flop).adjusted() - digits + 1)
    rounded, truncated = (
        (Decimal(flop) / unit).quantize(Decimal(1), rounding=how) * unit for how in (ROUND_HALF_UP, ROUND_DOWN)
    )
    agreement: Agreement = "rounded" if figure == rounded else "truncated" if figure == truncated else "different"
    return PrintedFigure(printed, where, digits, agreement, f"{rounded:.{digits - 1}e}".replace("e+", "e"))

"""What is wrong with a question, where it stands, and what would mend it.

Every problem is a `Diagnostic`: a value with a code, a message, a place and a hint. Errors carry one or
more of them, so that all problems of a file are reported at once; warnings on results are the same type.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Self

if TYPE_CHECKING:
    from collections.abc import Iterable


@dataclass(frozen=True, slots=True)
class Place:
    """The spot in the user's input that a diagnostic points at.

    Attributes
    ----------
    file : str, optional
        The file as the user named it; None for flags and Python arguments.
    line, column : int, optional
        One-based position of the value (of the key, where the key itself is wrong).
    text : str, optional
        The line itself, without its newline.
    key : str, optional
        The dotted key (`stage.pretrain.tokens`) or the flag (`--tokens`).
    """

    file: str | None = None
    line: int | None = None
    column: int | None = None
    text: str | None = None
    key: str | None = None

    def __str__(self) -> str:
        position = [str(part) for part in (self.file, self.line, self.column) if part is not None]
        if position and self.key:
            return f"{':'.join(position)} ({self.key})"
        return ":".join(position) or self.key or "?"


@dataclass(frozen=True, slots=True)
class Diagnostic:
    """One problem or warning, as a value.

    Attributes
    ----------
    code : str
        Stable identifier: `E...` for errors, `W...` for warnings.
    message : str
        What is wrong, without a full stop; literals in backticks.
    place : Place, optional
        Where it stands.
    hint : str, optional
        What to type instead.
    """

    code: str
    message: str
    place: Place | None = None
    hint: str | None = None

    def at(self, place: Place) -> Diagnostic:
        """Return the same diagnostic with a place, keeping one that is already known."""
        return self if self.place is not None else replace(self, place=place)


class FloplineError(Exception):
    """Base of every error that flopline raises on purpose.

    Parameters
    ----------
    message : str
        What is wrong.
    hint, place, code : optional
        See `Diagnostic`; the code defaults to the class's own.
    """

    default_code = "E000"

    def __init__(
        self, message: str, *, hint: str | None = None, place: Place | None = None, code: str | None = None
    ) -> None:
        super().__init__(message)
        self.diagnostics: tuple[Diagnostic, ...] = (Diagnostic(code or self.default_code, message, place, hint),)

    @classmethod
    def of(cls, diagnostics: Iterable[Diagnostic]) -> Self:
        """Return one error that carries several diagnostics (at least one)."""
        found = tuple(diagnostics)
        error = cls(found[0].message)
        error.diagnostics = found
        return error

    @property
    def code(self) -> str:
        """Code of the first diagnostic."""
        return self.diagnostics[0].code

    @property
    def message(self) -> str:
        """Message of the first diagnostic."""
        return self.diagnostics[0].message

    @property
    def place(self) -> Place | None:
        """Place of the first diagnostic."""
        return self.diagnostics[0].place

    @property
    def hint(self) -> str | None:
        """Hint of the first diagnostic."""
        return self.diagnostics[0].hint

    def __str__(self) -> str:
        return "\n".join(_line(diagnostic) for diagnostic in self.diagnostics)


def _line(diagnostic: Diagnostic) -> str:
    place = f"{diagnostic.place}: " if diagnostic.place is not None else ""
    hint = f" (hint: {diagnostic.hint})" if diagnostic.hint else ""
    return f"{place}{diagnostic.message}{hint}"


class DocumentError(FloplineError):
    """A file that cannot be read as TOML or JSON."""

    default_code = "E100"


class QuantityError(FloplineError, ValueError):
    """A number, unit, literal or distribution that means nothing or the wrong thing."""

    default_code = "E200"


class PlanError(FloplineError, ValueError):
    """A plan, or flags that stand for one, that does not describe a run."""

    default_code = "E300"


class ArchitectureError(FloplineError):
    """A model configuration that cannot be counted."""

    default_code = "E400"


class HardwareError(FloplineError):
    """A chip that is unknown, ambiguous or badly described."""

    default_code = "E500"


class UtilizationError(FloplineError):
    """A utilization that is of the wrong kind, or impossible."""

    default_code = "E600"


class RegimeError(FloplineError):
    """A regime file or a line name that is wrong."""

    default_code = "E700"


class BaseError(FloplineError):
    """A model that others start from that the catalogue does not have, or has several of."""

    default_code = "E365"


class EvidenceError(FloplineError):
    """A log of forecasts that cannot be read, written or believed."""

    default_code = "E350"


class EngineError(FloplineError):
    """A question that the probability engine cannot answer."""

    default_code = "E800"

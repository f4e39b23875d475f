"""What a question asks for beside its plan: level, tolerance, seed, threads and the day of the law."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, datetime
from functools import lru_cache
from typing import TYPE_CHECKING, Final

from flopline.errors import Place, PlanError

if TYPE_CHECKING:
    from collections.abc import Iterable

    from flopline.engine.execution import Execution

READINGS: Final = ("narrow", "expected", "broad")
"""Of what a law counts; see `flopline.regimes`."""
MOST_THREADS: Final = 256
LARGEST_SEED: Final = 2**63 - 1
TOLERANCES: Final = (1e-9, 0.1)


@dataclass(frozen=True, slots=True)
class Settings:
    """Settings of one question, in the types that the engine takes.

    Attributes
    ----------
    level : float
        Of the equal-tailed intervals.
    tolerance : float
        Largest numerical standard error of a probability.
    seed, threads : int
        Of the integration points; how many work at once.
    day : date or None
        Whose law is asked; None is the plan's day.
    execution : {"auto", "plain", "compiled"}
        Which of the two executions runs.
    """

    level: float
    tolerance: float
    seed: int
    threads: int
    day: date | None
    execution: Execution

    @classmethod
    def of(
        cls,
        *,
        level: object = 0.9,
        tolerance: object = 1e-4,
        seed: object = 0,
        threads: object = 1,
        day: object = None,
        execution: Execution = "auto",
    ) -> Settings:
        """Return the settings that keywords describe.

        Raises
        ------
        FloplineError
            One of them is of another type or outside its range.
        """
        try:
            return _read(level, tolerance, seed, threads, day, execution)
        except TypeError:  # something that has no hash: none of these, as reading it will say
            return _read.__wrapped__(level, tolerance, seed, threads, day, execution)


@lru_cache(maxsize=64, typed=True)
def _read(
    level: object, tolerance: object, seed: object, threads: object, day: object, execution: Execution
) -> Settings:
    """Return settings, which are asked for again and again, read once."""
    return Settings(
        between(level, "level=", 0.0, 1.0),
        between(tolerance, "tolerance=", *TOLERANCES),
        whole(seed, "seed=", 0, LARGEST_SEED),
        whole(threads, "threads=", 1, MOST_THREADS),
        day_of(day, "day="),
        execution,
    )


def between(raw: object, name: str, low: float, high: float) -> float:
    """Return a share strictly between two bounds.

    Raises
    ------
    PlanError
        It is none; placed at `name`.
    """
    from flopline.quantity import Dimension, parse  # what needs no number does not wait for it

    try:
        value = parse(raw, Dimension.SHARE)
    except ValueError:
        value = low
    if not low < value < high:
        message = f"`{name.rstrip('=')}` must lie between {low:g} and {high:g}, found `{_shown(raw)}`"
        raise PlanError(message, place=Place(key=name))
    return value


def whole(raw: object, name: str, least: int, most: int) -> int:
    """Return a whole number between two bounds, both included.

    Raises
    ------
    PlanError
        It is none; placed at `name`.
    """
    index = getattr(raw, "__index__", None)
    if index is None or isinstance(raw, bool) or not least <= index() <= most:
        message = f"`{name.rstrip('=')}` must be a whole number from {least} to {most}, found `{_shown(raw)}`"
        raise PlanError(message, place=Place(key=name))
    return int(index())


def pairs_of(texts: Iterable[str], flag: str, example: str) -> dict[str, str]:
    """Return what is given as `NAME=VALUE`, several times.

    Parameters
    ----------
    example : str
        One of them, for hints.

    Raises
    ------
    PlanError
        One of them has no name or no value, or a name stands twice.
    """
    found: dict[str, str] = {}
    for text in texts:
        name, equals, value = (part.strip() for part in text.partition("="))
        if not equals or not name or not value:
            message = f"`{text[:60]}` is not a name and a value"
            raise PlanError(message, hint=f"write {flag} {example}", place=Place(key=flag))
        if name in found:
            message = f"`{name}` is given twice"
            raise PlanError(message, hint="keep one", place=Place(key=flag))
        found[name] = value
    return found


def reading_of(raw: object, name: str) -> str:
    """Return the name of a reading.

    Raises
    ------
    PlanError
        It is none; placed at `name`.
    """
    if not isinstance(raw, str) or raw not in READINGS:
        message = f"`{_shown(raw)}` is not a reading"
        raise PlanError(message, hint=f"one of {', '.join(READINGS)}", place=Place(key=name))
    return raw


def day_of(raw: object, name: str) -> date | None:
    """Return the day that a date or its text names.

    Raises
    ------
    PlanError
        It is none; placed at `name`.
    """
    if raw is None or (isinstance(raw, date) and not isinstance(raw, datetime)):
        return raw
    try:
        # Python alone reads `20261122` and `2026-W47-7` too, which plans do not.
        return date.fromisoformat(raw if isinstance(raw, str) and len(raw) == len("2026-11-22") else "")
    except ValueError:
        message = f"`{_shown(raw)}` is not a day"
        raise PlanError(message, hint="write it as 2026-11-22", place=Place(key=name)) from None


def _shown(raw: object) -> str:
    return str(raw)[:40]

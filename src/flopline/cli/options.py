"""Options that every command shares."""

from __future__ import annotations

from datetime import date
from pathlib import Path
from typing import Annotated

import typer

from flopline.errors import Place, PlanError


def _day(text: str) -> date:
    try:
        # Python alone reads `20261122` and `2026-W47-7` too, which plans do not.
        return date.fromisoformat(text if len(text) == len("2026-11-22") else "")
    except ValueError:
        message = f"`{text}` is not a day"
        raise PlanError(message, hint="write it as 2026-11-22", place=Place(key="--day")) from None


def day_of(text: str | None) -> date | None:
    """Return the day that `--day` names."""
    return None if text is None else _day(text)


def number_of(text: str | None, flag: str, default: float, low: float, high: float) -> float:
    """Return a number between two bounds from a flag that may be written as a share.

    Raises
    ------
    PlanError
        With the flag as its place.
    """
    from flopline.quantity import Dimension, parse

    if text is None:
        return default
    try:
        value = parse(text, Dimension.SHARE)
    except Exception as error:
        from flopline.errors import FloplineError

        if isinstance(error, FloplineError):
            raise PlanError.of(problem.at(Place(key=flag)) for problem in error.diagnostics) from None
        raise
    if not low < value < high:
        message = f"`{flag}` must lie between {low:g} and {high:g}, found `{text}`"
        raise PlanError(message, place=Place(key=flag))
    return value


def _when(text: str) -> str:
    if text not in ("auto", "always", "never"):
        message = f"`{text}` is not one of auto, always, never"
        raise PlanError(message, place=Place(key="--color"))
    return text


Json = Annotated[bool, typer.Option("--json", help="Print one line of JSON.")]
Day = Annotated[str | None, typer.Option("--day", metavar="DATE", help="Law of this day, such as 2026-11-22.")]
Seed = Annotated[int, typer.Option("--seed", min=0, max=2**63 - 1, help="Seed of the integration points.")]
Threads = Annotated[int, typer.Option("--threads", min=1, max=256, help="Threads; the answer does not depend on them.")]
Level = Annotated[str | None, typer.Option("--level", metavar="SHARE", help="Level of intervals (90%).")]
Tolerance = Annotated[
    str | None,
    typer.Option("--tolerance", metavar="P", help="Largest numerical standard error of a probability (1e-4)."),
]
Catalogue = Annotated[
    list[Path] | None,
    typer.Option("--catalogue", metavar="DIR", help="Folder with hardware profiles of your own, searched first."),
]
Quiet = Annotated[bool, typer.Option("-q", "--quiet", help="No talk on stderr.")]
Verbose = Annotated[bool, typer.Option("-v", "--verbose", help="Every line in detail.")]
Color = Annotated[
    str, typer.Option("--color", metavar="WHEN", callback=_when, help="Colour on stderr: auto, always or never.")
]
Debug = Annotated[bool, typer.Option("--debug", help="Show the traceback of a bug.")]

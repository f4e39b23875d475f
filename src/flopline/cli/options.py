"""Options that every command shares."""

from __future__ import annotations

from datetime import date
from pathlib import Path
from typing import Annotated

import typer

from flopline.errors import Place, PlanError
from flopline.settings import LARGEST_SEED, MOST_THREADS, between
from flopline.settings import day_of as read_day


def number_of(text: str | None, flag: str, default: float, low: float, high: float) -> float:
    """Return a number strictly between two bounds from a flag that may be written as a share."""
    return default if text is None else between(text, flag, low, high)


def day_of(text: str | None) -> date | None:
    """Return the day that `--day` names."""
    return read_day(text, "--day")


def _when(text: str) -> str:
    if text not in ("auto", "always", "never"):
        message = f"`{text}` is not one of auto, always, never"
        raise PlanError(message, place=Place(key="--color"))
    return text


Json = Annotated[bool, typer.Option("--json", help="Print one line of JSON.")]
Day = Annotated[str | None, typer.Option("--day", metavar="DATE", help="Law of this day, such as 2026-11-22.")]
Seed = Annotated[int, typer.Option("--seed", min=0, max=LARGEST_SEED, help="Seed of the integration points.")]
Threads = Annotated[
    int, typer.Option("--threads", min=1, max=MOST_THREADS, help="Threads; the answer does not depend on them.")
]
Level = Annotated[str | None, typer.Option("--level", metavar="SHARE", help="Level of intervals (90%).")]
Tolerance = Annotated[
    str | None,
    typer.Option("--tolerance", metavar="P", help="Largest numerical standard error of a probability (1e-4)."),
]
Catalogue = Annotated[
    list[Path] | None,
    typer.Option("--catalogue", metavar="DIR", help="Folder with hardware profiles of your own, searched first."),
]
Regimes = Annotated[
    list[Path] | None,
    typer.Option("--regimes", metavar="PATH", help="File or folder with regimes of your own, or amendments."),
]
Observed = Annotated[
    list[str] | None,
    typer.Option(
        "--observed",
        metavar="STAGE.KEY=VALUE",
        help="What the run under way has shown: pretrain.tokens=9T, pretrain.utilization=38%..41%, pretrain.day=DATE.",
    ),
]
Quiet = Annotated[bool, typer.Option("-q", "--quiet", help="No talk on stderr.")]
Verbose = Annotated[bool, typer.Option("-v", "--verbose", help="Every line in detail.")]
Color = Annotated[
    str, typer.Option("--color", metavar="WHEN", callback=_when, help="Colour on stderr: auto, always or never.")
]
Debug = Annotated[bool, typer.Option("--debug", help="Show the traceback of a bug.")]

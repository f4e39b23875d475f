"""`flopline record`: a dated forecast, kept as evidence."""

from pathlib import Path
from typing import Annotated

import typer

from flopline.cli.options import Catalogue, Color, Day, Debug, Json, Level, Quiet, Regimes, Seed, Threads, Tolerance


def record(
    plan: Annotated[
        str,
        typer.Argument(
            metavar="PLAN|show|verify", help="A plan to record; or `show` or `verify` a log (./show: a file)."
        ),
    ],
    of: Annotated[
        str | None, typer.Argument(metavar="[LOG|PLAN]", help="The log, or the plan that it lies beside.")
    ] = None,
    *,
    log: Annotated[
        Path | None, typer.Option("--log", metavar="FILE", help="The log (PLAN.record.jsonl beside the plan).")
    ] = None,
    note: Annotated[
        str | None, typer.Option("--note", metavar="TEXT", help="A remark to keep with the forecast.")
    ] = None,
    line: Annotated[str | None, typer.Option("--line", metavar="ID", help="With show: only this line.")] = None,
    day: Day = None,
    level: Level = None,
    tolerance: Tolerance = None,
    seed: Seed = 0,
    threads: Threads = 1,
    catalogue: Catalogue = None,
    regimes: Regimes = None,
    json_: Json = False,
    quiet: Quiet = False,
    color: Color = "auto",
    debug: Debug = False,
) -> int:
    """Append a dated forecast to a log that is only ever appended to; show from which day a crossing was known.

    For instance: flopline record plan.toml, then flopline record show plan.toml
    """
    from flopline.cli.answering import Settings
    from flopline.cli.recording import keep, show_log, verify_log
    from flopline.errors import Place, PlanError

    if plan in ("show", "verify"):
        answer = show_log if plan == "show" else verify_log
        return answer(of, log, line, as_json=json_)
    if of is not None:
        message = f"one plan at a time, found `{of[:40]}` as well"
        raise PlanError(message, place=Place(key="LOG|PLAN"))
    settings = Settings.of(day, level, tolerance, seed, threads, catalogue or [], color, regimes or [])
    return keep(plan, log, note, settings, as_json=json_, quiet=quiet)

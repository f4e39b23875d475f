"""`flopline sweep`: a grid over quantities and hardware."""

from pathlib import Path
from typing import Annotated

import typer

from flopline.cli.options import Catalogue, Color, Day, Debug, Json, Quiet, Regimes, Seed, Threads, Tolerance


def sweep(
    plan: Annotated[str, typer.Argument(metavar="PLAN", help="Plan file, or name of an example.")],
    vary: Annotated[
        list[str],
        typer.Option(
            "--vary", metavar="KEY=VALUES", help="a:b:n, a:b:n:log, a:b:x2 or a,b,c; the last varies fastest."
        ),
    ],
    *,
    output: Annotated[
        Path | None, typer.Option("-o", "--output", metavar="FILE", help="Write a table: .csv or .json.")
    ] = None,
    day: Day = None,
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
    """Tell the probability of crossing each line over a grid of scenarios.

    For instance: flopline sweep plan.toml --vary pretrain.tokens=14T:23T:9 --vary pretrain.hardware=h100-sxm,tpu-v5p
    """
    from datetime import date as calendar

    from flopline import __version__
    from flopline.cli.answering import Settings, find_plan
    from flopline.cli.progress import progress
    from flopline.cli.talk import print_answer, print_json, say
    from flopline.engine import sweep as run
    from flopline.plan import placing
    from flopline.report.sweep_table import axes_of, sweep_csv, sweep_text, write_sweep

    settings = Settings.of(day, None, tolerance, seed, threads, catalogue or [], color, regimes or [])
    axes = axes_of(vary, output)
    loaded = find_plan(plan, settings)
    with placing(loaded), progress("scenarios", quiet=quiet) as advance:
        answer = run(
            loaded, axes, version=__version__, day=settings.day or loaded.plan.day or calendar.today(),
            tolerance=settings.tolerance, seed=seed, threads=threads, progress=advance,
        )  # fmt: skip
    if output is not None:
        write_sweep(answer, output)
        say(f"{len(answer)} scenarios written to {output}", quiet=quiet)
    if json_:
        print_json(answer.to_dict())
    elif output is None:
        import sys

        print_answer(sweep_text(answer) if sys.stdout.isatty() else sweep_csv(answer))
    return 0

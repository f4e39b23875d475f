"""`flopline compare`: one plan under every line."""

from typing import Annotated

import typer

from flopline.cli.options import Catalogue, Color, Day, Debug, Json, Level, Regimes, Seed, Threads, Tolerance, Verbose


def compare(
    plans: Annotated[list[str], typer.Argument(metavar="PLAN...", help="Plan files, or names of examples.")],
    *,
    against: Annotated[
        str | None, typer.Option("--against", metavar="LINE", help="The line that the others are held against.")
    ] = None,
    day: Day = None,
    level: Level = None,
    tolerance: Tolerance = None,
    seed: Seed = 0,
    threads: Threads = 1,
    catalogue: Catalogue = None,
    regimes: Regimes = None,
    json_: Json = False,
    verbose: Verbose = False,
    color: Color = "auto",
    debug: Debug = False,
) -> int:
    """Compare all lines on one plan: three readings each, and the activities that make the difference."""
    from dataclasses import replace

    from flopline.cli.answering import Settings, find_plan
    from flopline.cli.talk import print_answer, print_json
    from flopline.engine.compare import compare as run
    from flopline.errors import Place, RegimeError
    from flopline.plan import placing
    from flopline.report.compare_text import compare_text

    settings = Settings.of(day, level, tolerance, seed, threads, catalogue or [], color, regimes or [])
    answers = []
    try:
        for loaded in [find_plan(name, settings) for name in plans]:
            with placing(loaded):
                answers.append(
                    run(
                        loaded, against=against, level=settings.level, tolerance=settings.tolerance, seed=seed,
                        threads=threads, day=settings.day,
                    )
                )  # fmt: skip
    except RegimeError as error:
        flag = Place(key="--against")
        error.diagnostics = tuple(
            replace(one, place=flag) if one.place == Place(key="against=") else one for one in error.diagnostics
        )
        raise
    for place, answer in enumerate(answers):
        if json_:
            print_json(answer.to_dict())
        else:
            print_answer(("\n" if place else "") + compare_text(answer, verbose=verbose))
    return 0

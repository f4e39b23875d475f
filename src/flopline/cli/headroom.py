"""`flopline headroom`: how large each input may be."""

from typing import Annotated

import typer

from flopline.cli.options import Catalogue, Color, Day, Debug, Json, Regimes, Seed, Threads, Tolerance


def headroom(
    plan: Annotated[str, typer.Argument(metavar="PLAN", help="Plan file, or name of an example.")],
    below: Annotated[str, typer.Option("--below", metavar="P", help="Limit on the probability of crossing: 5%.")],
    *,
    line: Annotated[
        str | None, typer.Option("--line", metavar="ID", help="Only this line; else all that have an amount.")
    ] = None,
    vary: Annotated[
        list[str] | None,
        typer.Option(
            "--vary", metavar="KEYS", help="Names (pretrain.tokens) or keys of any stage: tokens,chips,days,params."
        ),
    ] = None,
    along: Annotated[
        str | None,
        typer.Option("--along", metavar="A=1,B=2", help="Move these together, their logarithms in this ratio."),
    ] = None,
    reading: Annotated[str, typer.Option("--reading", help="Whose probability: narrow, expected, broad.")] = "expected",
    day: Day = None,
    tolerance: Tolerance = None,
    seed: Seed = 0,
    threads: Threads = 1,
    catalogue: Catalogue = None,
    regimes: Regimes = None,
    json_: Json = False,
    color: Color = "auto",
    debug: Debug = False,
) -> int:
    """Tell for each input alone the largest value that keeps a line crossed with at most this probability.

    For instance: flopline headroom plan.toml --line eu-ai-act/systemic-risk --below 5% --vary tokens,chips
    """
    from flopline.cli.answering import Settings, find_plan
    from flopline.cli.options import number_of
    from flopline.cli.talk import print_answer, print_json
    from flopline.engine.headroom import headroom as run
    from flopline.errors import Place, PlanError
    from flopline.plan import placing
    from flopline.report.headroom_text import headroom_text
    from flopline.settings import reading_of

    reading_of(reading, "--reading")
    if vary and along is not None:
        message = "`--along` moves what it names together, and leaves nothing to `--vary`"
        raise PlanError(message, hint="ask twice", place=Place(key="--along"))
    limit = number_of(below, "--below", 0.0, 0.0, 1.0)
    settings = Settings.of(day, None, tolerance, seed, threads, catalogue or [], color, regimes or [])
    names = [name.strip() for listed in vary or [] for name in listed.split(",") if name.strip()]
    loaded = find_plan(plan, settings)
    with placing(loaded):
        found = run(
            loaded, below=limit, line=line, vary=names, along=along, reading=reading, tolerance=settings.tolerance,
            seed=seed, threads=threads, day=settings.day,
        )  # fmt: skip
    if json_:
        print_json(found.to_dict())
    else:
        print_answer(headroom_text(found))
    return 0

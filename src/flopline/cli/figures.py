"""`flopline figures`: what forms ask for, in their own precision."""

from typing import Annotated

import typer

from flopline.cli.options import Catalogue, Color, Day, Debug, Json, Level, Regimes, Seed, Threads, Tolerance


def figures(
    plan: Annotated[str, typer.Argument(metavar="PLAN", help="Plan file, or name of an example.")],
    *,
    form: Annotated[
        str | None, typer.Option("--form", metavar="NAME", help="Only this form: notification or documentation.")
    ] = None,
    line: Annotated[str | None, typer.Option("--line", metavar="ID", help="The 30 % test of this line only.")] = None,
    reading: Annotated[
        str, typer.Option("--reading", help="Whose computation forms get: narrow, expected, broad.")
    ] = "expected",
    day: Day = None,
    level: Level = None,
    tolerance: Tolerance = None,
    seed: Seed = 0,
    threads: Threads = 1,
    catalogue: Catalogue = None,
    regimes: Regimes = None,
    json_: Json = False,
    color: Color = "auto",
    debug: Debug = False,
) -> int:
    """Write the figures that the EU notification and the Model Documentation Form ask for, and the 30 % test."""
    from flopline.cli.answering import Settings, find_plan
    from flopline.cli.talk import print_answer, print_json
    from flopline.documents import suggestion_hint
    from flopline.engine.figures import figures as run
    from flopline.errors import Place, PlanError, RegimeError
    from flopline.plan import placing
    from flopline.report.figures_text import figures_text
    from flopline.settings import reading_of

    reading_of(reading, "--reading")
    forms = ("notification", "documentation")
    if form is not None and form not in forms:
        message = f"`{form}` is not one of {', '.join(forms)}"
        raise PlanError(message, hint=suggestion_hint(form, forms), place=Place(key="--form"))
    settings = Settings.of(day, level, tolerance, seed, threads, catalogue or [], color, regimes or [])
    loaded = find_plan(plan, settings)
    with placing(loaded):
        found = run(
            loaded, reading=reading, level=settings.level, tolerance=settings.tolerance, seed=seed, threads=threads,
            day=settings.day,
        )  # fmt: skip
    known = list(dict.fromkeys(margin.line for margin in found.margins))
    if line is not None and line not in known:
        message = f"no EU line `{line[:60]}` that this plan adds to"
        hint = suggestion_hint(line, known) or f"lines: {', '.join(known) or 'none on this day'}"
        raise RegimeError(message, hint=hint, place=Place(key="--line"))
    if json_:
        body = found.to_dict()
        body["figures"] = [one for one in body["figures"] if form in (None, one["form"])]
        body["margins"] = [one for one in body["margins"] if line in (None, one["line"])]
        print_json(body)
    else:
        print_answer(figures_text(found, form=form, line=line))
    return 0

"""`flopline timeline`: when each line is crossed, and the duties on a calendar."""

from pathlib import Path
from typing import Annotated

import typer

from flopline.cli.options import Catalogue, Color, Day, Debug, Json, Observed, Quiet, Regimes, Seed, Threads, Tolerance


def timeline(
    plan: Annotated[str, typer.Argument(metavar="PLAN", help="Plan file, or name of an example; it needs `start`.")],
    *,
    line: Annotated[str | None, typer.Option("--line", metavar="ID", help="Only this line.")] = None,
    reading: Annotated[
        str, typer.Option("--reading", help="Reading of the table: narrow, expected, broad.")
    ] = "expected",
    record: Annotated[
        Path | None, typer.Option("--record", metavar="LOG", help="Log of forecasts, whose first days count as known.")
    ] = None,
    output: Annotated[
        Path | None, typer.Option("-o", "--output", metavar="FILE.ics", help="Write the duties as a calendar.")
    ] = None,
    observed: Observed = None,
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
    """Tell on which day each line is crossed, how far the run is by then, and which duties fall on which day."""
    from datetime import date

    from flopline.cli.answering import Settings, find_plan, observed_flag
    from flopline.cli.talk import print_answer, print_json, say
    from flopline.documents import suggestion_hint
    from flopline.engine.timeline import timeline as run
    from flopline.errors import Place, PlanError, RegimeError
    from flopline.plan import placing, with_observed
    from flopline.report.ics import ics_text
    from flopline.report.timeline_text import timeline_text
    from flopline.report.writing import write_whole
    from flopline.settings import pairs_of, reading_of

    reading_of(reading, "--reading")
    if output is not None and output.suffix != ".ics":
        message = f"`{output}` is no calendar"
        raise PlanError(message, hint="-o duties.ics", place=Place(key="-o"))
    settings = Settings.of(day, None, tolerance, seed, threads, catalogue or [], color, regimes or [])
    loaded = with_observed(
        find_plan(plan, settings), pairs_of(observed or (), "--observed", "pretrain.tokens=9T"), observed_flag
    )
    known: dict[str, dict[float, date]] = {}
    if record is not None:
        from flopline.evidence import first_days, read_log

        for first in first_days(read_log(record).entries):
            if first.reading == "expected" and first.day is not None:
                known.setdefault(first.line, {})[first.probability] = first.day
    with placing(loaded):
        answer = run(loaded, tolerance=settings.tolerance, seed=seed, threads=threads, day=settings.day, known=known)
    if line is not None and line not in answer.lines:
        message = f"no line `{line[:60]}` with an amount of its own"
        hint = suggestion_hint(line, answer.lines) or f"lines: {', '.join(answer.lines)}"
        raise RegimeError(message, hint=hint, place=Place(key="--line"))
    if output is not None:
        write_whole(output, ics_text(answer))
        say(f"{sum(event.day is not None for event in answer.duties)} duties written to {output}", quiet=quiet)
    if json_:
        body = answer.to_dict()
        for key, name in (("lines", "id"), ("duties", "line")):
            body[key] = [one for one in body[key] if line in (None, one[name])]
        print_json(body)
    elif output is None:
        print_answer(timeline_text(answer, line=line, reading=reading))
    return 0

"""`flopline explain`: every number's formula and source."""

from typing import Annotated

import typer

from flopline.cli.options import Catalogue, Color, Day, Debug, Json, Regimes


def explain(
    plan: Annotated[str, typer.Argument(metavar="PLAN", help="Plan file, or name of an example.")],
    *,
    line: Annotated[str | None, typer.Option("--line", metavar="ID", help="Only this line.")] = None,
    day: Day = None,
    catalogue: Catalogue = None,
    regimes: Regimes = None,
    json_: Json = False,
    color: Color = "auto",
    debug: Debug = False,
) -> int:
    """Show the formula and the source of every number behind an answer."""
    from flopline.cli.answering import Settings, find_plan
    from flopline.cli.talk import print_answer, print_json
    from flopline.engine.explain import explain as run
    from flopline.plan import placing
    from flopline.report.envelope import envelope
    from flopline.report.explain_text import explain_text

    settings = Settings.of(day, None, None, 0, 1, catalogue or [], color, regimes or [])
    loaded = find_plan(plan, settings)
    with placing(loaded):
        explanation = run(loaded, day=settings.day, line=line)
    if json_:
        print_json(envelope("explain", explanation.to_dict()))
    else:
        print_answer(explain_text(explanation))
    return 0

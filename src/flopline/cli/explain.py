"""`flopline explain`: every number's formula and source."""

from typing import Annotated

import typer

from flopline.cli.options import Catalogue, Color, Day, Debug, Json, Regimes


def explain(
    plan: Annotated[str, typer.Argument(metavar="PLAN", help="Plan file, or name of an example.")],
    *,
    line: Annotated[str | None, typer.Option("--line", metavar="ID", help="Only this line.")] = None,
    sensitivity: Annotated[
        bool,
        typer.Option(
            "--sensitivity", help="Also what each input does to P, and which measurement would settle the question."
        ),
    ] = False,
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
        influence = None
        if sensitivity:
            from flopline.engine.sensitivity import sensitivity as ask

            influence = ask(loaded, day=settings.day, line=line)
    if json_:
        extra = {} if influence is None else {"sensitivity": influence.to_dict()}
        print_json(envelope("explain", explanation.to_dict() | extra))
    else:
        print_answer(explain_text(explanation, influence))
    return 0

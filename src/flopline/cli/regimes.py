"""`flopline regimes`: the law as data."""

from pathlib import Path
from typing import Annotated, Any

import typer

from flopline.cli.options import Color, Day, Debug, Json, Regimes

regimes = typer.Typer(
    help="Legal compute lines: thresholds, what each counts, whom they bind, and by when.",
    no_args_is_help=True,
    rich_markup_mode=None,
)


@regimes.command("list")
def list_(
    *, day: Day = None, files: Regimes = None, json_: Json = False, color: Color = "auto", debug: Debug = False
) -> int:
    """List every regime: in force, enacted, past, and those without a compute line."""
    from datetime import date

    from flopline.cli.options import day_of
    from flopline.cli.talk import print_answer, print_json
    from flopline.regimes import load_regimes
    from flopline.report.envelope import envelope
    from flopline.report.regimes_list import regime_row, regimes_list_text

    asked = day_of(day) or date.today()  # the user's own calendar
    found = load_regimes(asked, files or ())
    if json_:
        print_json(
            envelope("regimes list", {"law_day": asked.isoformat(), "regimes": [regime_row(one) for one in found]})
        )
    else:
        print_answer(regimes_list_text(found, asked))
    return 0


@regimes.command("show", no_args_is_help=True)
def show(
    regime: Annotated[str, typer.Argument(metavar="REGIME", help="Id of a regime, or of one of its lines.")],
    *,
    day: Day = None,
    files: Regimes = None,
    json_: Json = False,
    color: Color = "auto",
    debug: Debug = False,
) -> int:
    """Show one regime: lines, what each counts with its paragraph, conditions, duties, sources."""
    from datetime import date

    from flopline.cli.options import day_of
    from flopline.cli.talk import asked_by, print_answer, print_json
    from flopline.regimes import find_regime, load_regimes
    from flopline.report.envelope import envelope
    from flopline.report.regimes_text import regime_text

    asked = day_of(day) or date.today()  # the user's own calendar
    only = regime if "/" in regime else None
    with asked_by("REGIME"):
        found = find_regime(regime.partition("/")[0], load_regimes(asked, files or ()))
        text = regime_text(found, only=only)
    if json_:
        body: dict[str, Any] = found.to_dict()
        for lines in ("lines", "others"):
            body[lines] = [line for line in body[lines] if only in (None, line["id"])]
        print_json(envelope("regimes show", {"law_day": asked.isoformat(), "regime": body}))
    else:
        print_answer(text)
    return 0


@regimes.command("compare", no_args_is_help=True)
def compare(
    left: Annotated[str, typer.Argument(metavar="A", help="Id of a regime or a line; `ID@DATE` has a day of its own.")],
    right: Annotated[str, typer.Argument(metavar="B", help="The other one.")],
    *,
    differences: Annotated[bool, typer.Option("--differences", help="Only what differs.")] = False,
    day: Day = None,
    files: Regimes = None,
    json_: Json = False,
    color: Color = "auto",
    debug: Debug = False,
) -> int:
    """Compare two regimes or lines, cell by cell, with the paragraph of either side."""
    from datetime import date

    from flopline.cli.options import day_of
    from flopline.cli.talk import print_answer, print_json
    from flopline.regimes.compare import compare as run
    from flopline.report.envelope import envelope
    from flopline.report.regimes_compare_text import regimes_compare_text

    asked = day_of(day) or date.today()  # the user's own calendar
    found = run(left, right, asked, files or ())
    if differences:
        found = found.differences()
    if json_:
        print_json(envelope("regimes compare", {"law_day": asked.isoformat(), **found.to_dict()}))
    else:
        print_answer(regimes_compare_text(found, differences=differences))
    return 0


@regimes.command("check", no_args_is_help=True)
def check(
    files: Annotated[list[Path], typer.Argument(metavar="FILE...", help="Files with a regime, or an amendment.")],
    *,
    day: Day = None,
    json_: Json = False,
    color: Color = "auto",
    debug: Debug = False,
) -> int:
    """Check files of regimes: form, names, quotes; and what in them is old, unnamed or unused."""
    from datetime import date

    from flopline.cli.options import day_of
    from flopline.cli.talk import print_answer, print_json, report_error
    from flopline.errors import Diagnostic, FloplineError
    from flopline.regimes import load_regimes
    from flopline.regimes.contributing import examine
    from flopline.report.regimes_check_text import examined_envelope, examined_text

    asked = day_of(day) or date.today()  # the user's own calendar
    forms = {one.id: one.form for one in load_regimes(asked)}
    shipped = tuple(forms)
    wrong: list[Diagnostic] = []
    for file in files:
        try:
            found = examine(file, asked, forms, shipped)
        except FloplineError as error:
            wrong += error.diagnostics
            continue
        forms[found.form.id] = found.form
        if json_:
            print_json(examined_envelope(found))
        else:
            print_answer(examined_text(found))
    return report_error(wrong, ["--json"] if json_ else ["--color", color]) if wrong else 0


@regimes.command("questions")
def questions(*, json_: Json = False, color: Color = "auto", debug: Debug = False) -> int:
    """List what the texts leave open, and how each question is answered here."""
    from flopline.cli.talk import print_answer, print_json
    from flopline.regimes import open_questions
    from flopline.report.envelope import envelope
    from flopline.report.questions_text import questions_text

    found = open_questions()
    if json_:
        print_json(envelope("regimes questions", {"questions": [one.to_dict() for one in found]}))
    else:
        print_answer(questions_text(found))
    return 0

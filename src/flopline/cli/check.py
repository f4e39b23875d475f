"""`flopline check`: whether a plan is well-formed."""

from typing import Annotated

import typer

from flopline.cli.options import Catalogue, Color, Debug, Json, Quiet, Regimes


def check(
    plans: Annotated[list[str], typer.Argument(metavar="PLAN...", help="Plan files.")],
    *,
    catalogue: Catalogue = None,
    regimes: Regimes = None,
    json_: Json = False,
    quiet: Quiet = False,
    color: Color = "auto",
    debug: Debug = False,
) -> int:
    """Check plans: every problem of every file, with its place."""
    from flopline.cli.answering import Settings, find_plan
    from flopline.cli.talk import print_answer, print_json, report_error
    from flopline.engine import check as examine
    from flopline.errors import Diagnostic, FloplineError
    from flopline.plan import placing
    from flopline.report.envelope import envelope

    settings = Settings.of(None, None, None, 0, 1, catalogue or [], color, regimes or [])
    found: list[Diagnostic] = []
    for name in plans:
        try:
            loaded = find_plan(name, settings)
            with placing(loaded):
                warnings = examine(loaded)
        except FloplineError as error:
            found += error.diagnostics
            continue
        if json_:
            listed = [{"code": warning.code, "text": warning.message} for warning in warnings]
            print_json(
                envelope("check", {"plan": {"title": loaded.title, "sha256": loaded.sha256}, "warnings": listed})
            )
        elif not quiet:
            print_answer(f"{name}: well-formed\n")
            for warning in warnings:
                print_answer(f"  {warning.code} {warning.message}\n")
    return report_error(found, ["--json"] if json_ else ["--color", color]) if found else 0

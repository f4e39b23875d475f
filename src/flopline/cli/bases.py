"""`flopline bases`: models that others start from."""

from typing import Annotated

import typer

from flopline.cli.options import Color, Debug, Json

bases = typer.Typer(
    help="Models that others start from: developer, training computation, systemic risk, source.",
    no_args_is_help=True,
    rich_markup_mode=None,
)


@bases.command("list")
def list_(
    *,
    developer: Annotated[str | None, typer.Option("--developer", metavar="NAME", help="Only this developer's.")] = None,
    json_: Json = False,
    color: Color = "auto",
    debug: Debug = False,
) -> int:
    """List every base that a plan can name."""
    from flopline.bases import bases as known
    from flopline.cli.talk import print_answer, print_json
    from flopline.documents import suggestion_hint
    from flopline.errors import BaseError, Place
    from flopline.report.bases_text import bases_list_text
    from flopline.report.envelope import envelope

    wanted = (developer or "").strip().casefold()
    found = [one for one in known().values() if wanted in ("", one.developer.casefold())]
    if not found:
        message = f"`{developer}` is no developer of the catalogue"
        near = suggestion_hint(developer or "", {one.developer for one in known().values()})
        raise BaseError(message, hint=near, place=Place(key="--developer"))
    if json_:
        print_json(envelope("bases list", {"bases": [one.to_dict() for one in found]}))
    else:
        print_answer(bases_list_text(found))
    return 0


@bases.command("show", no_args_is_help=True)
def show(
    name: Annotated[str, typer.Argument(metavar="NAME", help="Id of a base, or another of its names.")],
    *,
    json_: Json = False,
    color: Color = "auto",
    debug: Debug = False,
) -> int:
    """Show one base: what its training took, on what basis, and what it was made from."""
    from flopline.bases import ancestors, find_base
    from flopline.cli.talk import asked_by, print_answer, print_json
    from flopline.report.bases_text import base_text
    from flopline.report.envelope import envelope

    with asked_by("NAME"):
        found = find_base(name)
    if json_:
        behind = [one.to_dict() for one in ancestors(found)]
        print_json(envelope("bases show", {"base": found.to_dict(), "ancestors": behind}))
    else:
        print_answer(base_text(found, ancestors(found)))
    return 0

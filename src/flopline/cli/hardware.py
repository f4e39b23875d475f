"""`flopline hardware`: the catalogue."""

from typing import Annotated

import typer

from flopline.cli.options import Catalogue, Color, Debug, Json

hardware = typer.Typer(
    help="Chips: their dense peaks and where every number comes from.",
    no_args_is_help=True,
    rich_markup_mode=None,
)


@hardware.command("list")
def list_(
    *,
    vendor: Annotated[str | None, typer.Option("--vendor", metavar="NAME", help="Only this vendor's.")] = None,
    format_: Annotated[
        str | None, typer.Option("--format", metavar="FORMAT", help="Only chips with this format.")
    ] = None,
    catalogue: Catalogue = None,
    json_: Json = False,
    color: Color = "auto",
    debug: Debug = False,
) -> int:
    """List every chip of the catalogue with its dense peaks."""
    from flopline.cli.talk import print_answer, print_json
    from flopline.hardware import load_catalogue
    from flopline.report.envelope import envelope
    from flopline.report.hardware_text import chosen, hardware_list_text

    profiles = chosen(load_catalogue(catalogue or ()).profiles, vendor, format_)
    if json_:
        print_json(envelope("hardware list", {"profiles": [profile.to_dict() for profile in profiles]}))
    else:
        print_answer(hardware_list_text(profiles))
    return 0


@hardware.command("show", no_args_is_help=True)
def show(
    chip: Annotated[str, typer.Argument(metavar="CHIP", help="Id, alias or full device name.")],
    *,
    catalogue: Catalogue = None,
    json_: Json = False,
    color: Color = "auto",
    debug: Debug = False,
) -> int:
    """Show one chip: every peak, the trap of its headline, and the source of each value."""
    from flopline.cli.talk import asked_by, print_answer, print_json
    from flopline.hardware import find
    from flopline.report.envelope import envelope
    from flopline.report.hardware_text import hardware_text

    with asked_by("CHIP"):
        profile = find(chip, catalogue or ())
    if json_:
        print_json(envelope("hardware show", profile.to_dict()))
    else:
        print_answer(hardware_text(profile))
    return 0

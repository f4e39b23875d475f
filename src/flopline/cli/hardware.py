"""`flopline hardware`: the catalogue."""

from pathlib import Path
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
    status: Annotated[str | None, typer.Option("--status", metavar="WORD", help="shipping or announced.")] = None,
    memory: Annotated[
        str | None, typer.Option("--min-memory", metavar="AMOUNT", help="Only chips with as much, such as '80 GB'.")
    ] = None,
    sort: Annotated[
        str | None, typer.Option("--sort", metavar="COLUMN", help="By bf16, memory, since, power, price, name, ...")
    ] = None,
    shown: Annotated[
        str | None, typer.Option("--columns", metavar="A,B,C", help="Columns to show, such as id,bf16,bandwidth.")
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
    from flopline.report.hardware_list import chosen, hardware_list_text, ordered

    found = chosen(load_catalogue(catalogue or ()).profiles, vendor, format_, status, memory)
    profiles = ordered(found, sort)
    text = hardware_list_text(profiles, shown=shown, by_vendor=sort is None)
    if json_:
        print_json(envelope("hardware list", {"profiles": [profile.to_dict() for profile in profiles]}))
    else:
        print_answer(text)
    return 0


@hardware.command("show", no_args_is_help=True)
def show(
    chip: Annotated[
        str, typer.Argument(metavar="CHIP", help="Id, alias or full device name, or a cloud's instance type.")
    ],
    *,
    catalogue: Catalogue = None,
    json_: Json = False,
    color: Color = "auto",
    debug: Debug = False,
) -> int:
    """Show one chip: every peak, the trap of its headline, what was measured, and the source of each value."""
    from flopline.cli.talk import asked_by, print_answer, print_json
    from flopline.hardware import find, instance_of, load_clouds, shipped
    from flopline.report.envelope import envelope
    from flopline.report.hardware_text import hardware_text, shown_chip
    from flopline.utilization import rates_of

    with asked_by("CHIP"):
        profile = find(chip, catalogue or ())
    asked = instance_of(chip)
    rates = rates_of(profile.id)
    instances = [one for cloud in load_clouds(shipped()) for one in cloud.instances() if one.chip == profile.id]
    if json_:
        print_json(envelope("hardware show", shown_chip(profile, rates, instances, asked)))
    else:
        print_answer(hardware_text(profile, rates, instances, asked))
    return 0


@hardware.command("check", no_args_is_help=True)
def check(
    files: Annotated[list[Path], typer.Argument(metavar="FILE...", help="Files of chips or clouds.")],
    *,
    json_: Json = False,
    color: Color = "auto",
    debug: Debug = False,
) -> int:
    """Check files for the catalogue: form, sources, physics, headlines, and names that are taken."""
    from flopline.cli.talk import print_answer, print_json, report_error
    from flopline.errors import Diagnostic
    from flopline.hardware.contributing import problems_of_file
    from flopline.report.envelope import envelope

    found: list[Diagnostic] = []
    for path in files:
        problems = problems_of_file(path)
        found += problems
        if problems:
            continue
        if json_:
            print_json(envelope("hardware check", {"file": str(path), "ok": True}))
        else:
            print_answer(f"{path}: ok (form, sources, physics, headlines, names)\n")
    return report_error(found, ["--json"] if json_ else ["--color", color]) if found else 0

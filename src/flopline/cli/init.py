"""`flopline init`: a plan to start from."""

from pathlib import Path
from typing import Annotated, Any

import typer

from flopline.cli.options import Color, Debug, Json, Quiet


def _key(flag: str, metavar: str, text: str) -> Any:  # Typer's own type is not exported
    return typer.Option(flag, metavar=metavar, help=text, show_default=False)


def init(
    path: Annotated[Path, typer.Argument(metavar="[FILE]", help="File to write.")] = Path("plan.toml"),
    *,
    config: Annotated[str | None, _key("--config", "PATH", "config.json of the model.")] = None,
    params: Annotated[str | None, _key("--params", "COUNT", "Total parameters.")] = None,
    active: Annotated[str | None, _key("--active", "COUNT", "Active parameters.")] = None,
    tokens: Annotated[str | None, _key("--tokens", "AMOUNT", "Training tokens.")] = None,
    seq_len: Annotated[str | None, _key("--seq-len", "N", "Tokens of one sequence.")] = None,
    hardware: Annotated[str | None, _key("--hardware", "CHIP", "Chip.")] = None,
    chips: Annotated[str | None, _key("--chips", "COUNT", "How many chips.")] = None,
    days: Annotated[str | None, _key("--days", "DAYS", "Duration in days.")] = None,
    hours: Annotated[str | None, _key("--hours", "HOURS", "Duration in hours.")] = None,
    chip_hours: Annotated[str | None, _key("--chip-hours", "HOURS", "Chip-hours.")] = None,
    format_: Annotated[str | None, _key("--format", "FORMAT", "Number format.")] = None,
    utilization: Annotated[str | None, _key("--utilization", "SHARE", "MFU.")] = None,
    title: Annotated[str | None, _key("--title", "TEXT", "Title.")] = None,
    force: Annotated[bool, typer.Option("--force", help="Replace an existing file.")] = False,
    json_: Json = False,
    quiet: Quiet = False,
    color: Color = "auto",
    debug: Debug = False,
) -> int:
    """Write a plan with every stage that a determination needs, from flags or as a template."""
    from flopline.cli.answering import spelled, values_of
    from flopline.cli.talk import print_json, say
    from flopline.plan.init import write_plan
    from flopline.report.envelope import envelope

    given = {
        "config": config, "params": params, "active": active, "tokens": tokens, "seq_len": seq_len,
        "hardware": hardware, "chips": chips, "days": days, "hours": hours, "chip_hours": chip_hours,
        "format": format_, "utilization": utilization, "title": title,
    }  # fmt: skip
    values = values_of({key: value for key, value in given.items() if value is not None})
    loaded = write_plan(path, values, spelled, force=force)
    if json_:
        print_json(envelope("init", {"file": str(path), "plan": {"title": loaded.title, "sha256": loaded.sha256}}))
    say(f"wrote {path}\nhint: `flopline estimate {path}`", quiet=quiet)
    return 0

"""The commands under one name."""

from __future__ import annotations

from typing import Annotated

import typer

from flopline.cli.check import check
from flopline.cli.count import count
from flopline.cli.estimate import estimate
from flopline.cli.examples import examples
from flopline.cli.explain import explain
from flopline.cli.hardware import hardware
from flopline.cli.init import init
from flopline.cli.regimes import regimes
from flopline.cli.schema import schema
from flopline.cli.sweep import sweep

app = typer.Typer(
    name="flopline",
    help="How likely a training run is to cross a legal compute line, before it starts.",
    epilog="Start with: flopline estimate llama-3.1-405b",
    no_args_is_help=True,
    add_completion=False,
    rich_markup_mode=None,
    pretty_exceptions_enable=False,
    context_settings={"help_option_names": ["-h", "--help"], "max_content_width": 110},
)

for command in (estimate, sweep, explain, count, examples, init, check, schema):
    app.command(no_args_is_help=command in (sweep, explain, count, check))(command)
app.add_typer(hardware, name="hardware")
app.add_typer(regimes, name="regimes")


def _version(asked: bool) -> None:
    if asked:
        from flopline import __version__

        typer.echo(f"flopline {__version__}")
        raise typer.Exit


@app.callback()
def about(
    _: Annotated[
        bool, typer.Option("--version", callback=_version, is_eager=True, help="Print the version and leave.")
    ] = False,
) -> None:
    """How likely a training run is to cross a legal compute line, before it starts."""

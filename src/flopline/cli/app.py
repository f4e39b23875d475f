"""The commands under one name, each imported when it is asked for."""

from __future__ import annotations

from importlib import import_module
from typing import TYPE_CHECKING, Annotated, Final

import typer

if TYPE_CHECKING:
    from collections.abc import Collection

COMMANDS: Final = (
    "estimate",
    "compare",
    "sweep",
    "headroom",
    "explain",
    "count",
    "examples",
    "init",
    "check",
    "schema",
    "record",
    "timeline",
    "figures",
)
GROUPS: Final = ("hardware", "regimes", "bases")
EVERYTHING: Final = (*COMMANDS, *GROUPS)
"""Every word that may follow `flopline`: a module of this package, and the function or group in it."""

_NEEDS_ARGUMENTS: Final = ("figures", "record", "timeline", "compare", "sweep", "headroom", "explain", "count", "check")


def application(wanted: Collection[str] = EVERYTHING) -> typer.Typer:
    """Return the command line, with all commands or only those that are wanted.

    Typer reads the signature of every command that it is given before it looks at the arguments. With the one
    command that runs, an answer does not wait for the options of nine others.
    """
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
    for name in wanted:
        found = getattr(import_module(f"flopline.cli.{name}"), name)
        if name in GROUPS:
            app.add_typer(found, name=name)
        else:
            app.command(no_args_is_help=name in _NEEDS_ARGUMENTS)(found)
    app.callback()(about)
    return app


def _version(asked: bool) -> None:
    if asked:
        from flopline import __version__

        typer.echo(f"flopline {__version__}")
        raise typer.Exit


def about(
    _: Annotated[
        bool, typer.Option("--version", callback=_version, is_eager=True, help="Print the version and leave.")
    ] = False,
) -> None:
    """How likely a training run is to cross a legal compute line, before it starts."""

"""The command line: one file per command, heavy imports inside the functions.

The files of commands do without `from __future__ import annotations`: Typer evaluates the type of every option, and
would compile each from text at every start.
"""

from __future__ import annotations

import gc
import os
import sys

BUG = 70
INTERRUPTED = 130


def main() -> None:
    """Run the command line and exit.

    0 answered; 1 a gate tripped; 2 a malformed question; 70 a bug; 130 interrupted.
    """
    arguments = sys.argv[1:]
    _start_quickly()
    try:
        code = _run(arguments)
        sys.stdout.flush()
    except BrokenPipeError:
        # The reader of our output has gone, as in `flopline regimes list | head`.
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        code = 0
    except KeyboardInterrupt:
        sys.stderr.write("interrupted\n")
        code = INTERRUPTED
    sys.exit(code)


def _start_quickly() -> None:
    """Leave out what only programs that run for long, or that use pydantic's plugins, have a use for."""
    # Modules and classes stay until the end: looking for garbage among them takes a tenth of a short answer.
    gc.set_threshold(100_000)
    # To look for plugins, pydantic reads the metadata of every package that is installed.
    os.environ.setdefault("PYDANTIC_DISABLE_PLUGINS", "__all__")


def _run(arguments: list[str]) -> int:
    from flopline.cli.app import EVERYTHING, application
    from flopline.errors import FloplineError

    # Anything but a command's name needs them all: `--help` lists them, a slip is compared with each.
    app = application(arguments[:1] if arguments[:1] and arguments[0] in EVERYTHING else EVERYTHING)
    try:
        returned = app(args=arguments, prog_name="flopline", standalone_mode=False)
    except FloplineError as error:
        from flopline.cli.talk import report_error

        return report_error(error.diagnostics, arguments)
    except Exception as error:  # noqa: BLE001  # the last line of defence turns anything into an exit code
        from flopline.cli.talk import report_unexpected

        return report_unexpected(error, arguments)
    return returned if isinstance(returned, int) else 0

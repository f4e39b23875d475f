"""The command line: one file per command, heavy imports inside the functions."""

from __future__ import annotations

import os
import sys

BUG = 70
INTERRUPTED = 130


def main() -> None:
    """Run the command line and exit.

    0 answered; 1 a gate tripped; 2 a malformed question; 70 a bug; 130 interrupted.
    """
    arguments = sys.argv[1:]
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


def _run(arguments: list[str]) -> int:
    from flopline.cli.app import app
    from flopline.errors import FloplineError

    try:
        returned = app(args=arguments, prog_name="flopline", standalone_mode=False)
    except FloplineError as error:
        from flopline.cli.talk import report_error

        return report_error(error.diagnostics, arguments)
    except Exception as error:  # noqa: BLE001  # the last line of defence turns anything into an exit code
        from flopline.cli.talk import report_unexpected

        return report_unexpected(error, arguments)
    return returned if isinstance(returned, int) else 0

"""The command line: one file per command, heavy imports inside the functions.

The files of commands do without `from __future__ import annotations`: Typer evaluates the type of every option, and
would compile each from text at every start.
"""

from __future__ import annotations

import atexit
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
    _open_streams()
    try:
        code = _run(arguments)
    except KeyboardInterrupt:
        code = INTERRUPTED
    if code == INTERRUPTED:
        sys.stderr.write("interrupted\n")
    sys.exit(_flushed(code, arguments))


def _flushed(code: int, arguments: list[str]) -> int:
    """Return the exit code once everything that was printed has left this process."""
    from flopline.cli.talk import deafen, report_unexpected

    try:
        sys.stdout.flush()
    except OSError as error:
        deafen()
        # The reader of our output may have gone, as in `flopline regimes list | head`; the answer stays what it is.
        return code if isinstance(error, BrokenPipeError) else report_unexpected(error, arguments)
    return code


def _start_quickly() -> None:
    """Leave out what a short answer has no use for; must run before NumPy and pydantic are imported."""
    # Modules and classes stay until the end: to look for garbage among them takes a tenth of a short answer's time
    # while it starts, and a seventh when the interpreter leaves, which collects once more what nobody will use.
    gc.set_threshold(100_000)
    atexit.register(gc.freeze)
    # To look for plugins, pydantic reads the metadata of every package that is installed.
    os.environ.setdefault("PYDANTIC_DISABLE_PLUGINS", "__all__")
    # NumPy's linear algebra would start a thread for every processor, and has a few small matrices to multiply here.
    os.environ.setdefault("OPENBLAS_NUM_THREADS", "1")


def _open_streams() -> None:
    """Put a stream that swallows everything where the caller has closed stdout or stderr, which Python makes None."""
    for name in ("stdout", "stderr"):
        if getattr(sys, name) is None:
            setattr(sys, name, os.fdopen(os.open(os.devnull, os.O_WRONLY), "w", encoding="utf-8"))


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

"""What the command line says: answers on stdout, everything else on stderr."""

from __future__ import annotations

import json
import os
import sys
from contextlib import contextmanager
from itertools import pairwise
from typing import TYPE_CHECKING, Any

import typer

from flopline.errors import Diagnostic, FloplineError, Place

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Sequence

MALFORMED = 2
BUG = 70
INTERRUPTED = 130


def print_answer(text: str) -> None:
    """Print an answer to stdout, in an encoding that the terminal takes."""
    try:
        _write(text)
    except UnicodeEncodeError:
        encoding = sys.stdout.encoding or "ascii"
        _write(text.encode(encoding, "replace").decode(encoding))


def print_json(answer: dict[str, Any]) -> None:
    """Print one envelope: one line, SI numbers, no NaN."""
    try:
        _write(json.dumps(answer, allow_nan=False, ensure_ascii=False) + "\n")
    except UnicodeEncodeError:
        _write(json.dumps(answer, allow_nan=False) + "\n")


def _write(text: str) -> None:
    """Write to stdout; a reader that has gone changes neither the answer nor the exit code."""
    try:
        sys.stdout.write(text)
    except BrokenPipeError:
        deafen()


def deafen() -> None:
    """Send what is still to be printed nowhere, so that nothing complains again when Python closes stdout."""
    os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())


def say(text: str, *, quiet: bool = False) -> None:
    """Print talk to stderr."""
    if not quiet:
        sys.stderr.write(text.rstrip("\n") + "\n")


def colored(choice: str) -> bool:
    """Return whether stderr takes colour: `always`, `never`, or `auto` by terminal and NO_COLOR."""
    if choice == "auto":
        return sys.stderr.isatty() and not os.environ.get("NO_COLOR")
    return choice == "always"


@contextmanager
def asked_by(argument: str) -> Iterator[None]:
    """Place whatever is refused at the argument or flag that asked for it, unless its place is known."""
    try:
        yield
    except FloplineError as error:
        error.diagnostics = tuple(problem.at(Place(key=argument)) for problem in error.diagnostics)
        raise


def report_error(diagnostics: Sequence[Diagnostic], arguments: Iterable[str]) -> int:
    """Print what is wrong with the question; returns the exit code."""
    from flopline.report.diagnostics import diagnostics_json, diagnostics_text

    listed = list(arguments)
    if "--json" in listed:
        sys.stderr.write(json.dumps(diagnostics_json(diagnostics), ensure_ascii=False) + "\n")
    else:
        choice = next((after for word, after in pairwise(listed) if word == "--color"), "auto")
        sys.stderr.write(diagnostics_text(diagnostics, color=colored(choice)))
    return MALFORMED


def report_unexpected(error: Exception, arguments: list[str]) -> int:
    """Print a usage error of the command line, or a bug; returns the exit code."""
    message = getattr(error, "format_message", None)
    if callable(message):
        context = getattr(error, "ctx", None)
        hint = f"try `{context.command_path} --help`" if context is not None else None
        text = str(message())
        if not text or text.startswith(
            "Usage:"
        ):  # a group without a command shows its help, older Typers by themselves
            say(text, quiet=not text)
            return MALFORMED
        place = Place(key=_flag_of(error, arguments))
        return report_error([Diagnostic("E900", text.rstrip("."), place, hint)], arguments)
    if isinstance(error, typer.Abort):  # how older versions of Typer hand on a KeyboardInterrupt
        return INTERRUPTED
    if isinstance(error, OSError):
        reason = (error.strerror or str(error)).lower()
        name = str(error.filename or "stdout")
        return report_error([Diagnostic("E901", f"`{name}`: {reason}", Place(file=name))], arguments)
    if "--debug" in arguments:
        raise error
    say(f"bug: {type(error).__name__}: {error}\nhint: run again with --debug and report what it prints")
    return BUG


def _flag_of(error: Exception, arguments: list[str]) -> str:
    """Return the argument that a usage error is about, for the place of the diagnostic."""
    option = getattr(error, "option_name", None)
    parameter = getattr(error, "param", None)
    if option is None and parameter is not None:
        option = next(iter(getattr(parameter, "opts", [])), None)
    return str(option or " ".join(arguments[:2]) or "flopline")

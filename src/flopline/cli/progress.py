"""A progress bar on stderr for anything over a second, on a terminal only."""

from __future__ import annotations

import sys
import time
from contextlib import contextmanager
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator


@contextmanager
def progress(what: str, *, quiet: bool) -> Iterator[Callable[[int, int], None]]:
    """Yield a function that is told how much is done of how much."""
    started = time.monotonic()
    shown = False
    wanted = sys.stderr.isatty() and not quiet

    def advance(done: int, total: int) -> None:
        nonlocal shown
        if wanted and time.monotonic() - started > 1 and total:
            shown = True
            bar = "#" * (30 * done // total)
            sys.stderr.write(f"\r{bar:<30} {done}/{total} {what}")
            sys.stderr.flush()

    yield advance
    if shown:
        sys.stderr.write("\r" + " " * 70 + "\r")

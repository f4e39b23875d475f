"""What lines take from one another: no circles, and no more than anybody can read."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from flopline.regimes.form import RegimeForm

MOST: Final = 64
"""Lines whose duties may come together in one, each as often as it is inherited."""


def circles(read: RegimeForm) -> Iterator[tuple[tuple[str | int, ...], str, str | None]]:
    """Find lines that inherit from themselves by any number of steps, and those that inherit far too much."""
    parents = {name: tuple(one for one in line.inherits if one in read.lines) for name, line in read.lines.items()}
    sizes = _sizes(parents)
    for name, above in parents.items():
        path = ("lines", name, "inherits")
        if name not in sizes:
            if name in _reached(parents, above):
                message = f"`{name}` inherits from itself" + ("" if name in above else f", by way of `{above[0]}`")
                yield path, message, "a line inherits the duties of lines that stand without it"
        elif sizes[name] > MOST:
            yield path, f"`{name}` inherits from {sizes[name] - 1:,} lines, {MOST} are the most", None
    yield from _shares_of_shares(read)


def _shares_of_shares(read: RegimeForm) -> Iterator[tuple[tuple[str | int, ...], str, str | None]]:
    """Find relative lines that count as another relative line does, which counts nothing by itself."""
    for name, line in read.lines.items():
        for side in ("direct", "cumulative") if line.relative is not None else ():
            named = getattr(line.relative, side)
            if named in read.lines and read.lines[named].relative is not None:
                hint = "name a line with an amount and a table of its own"
                yield ("lines", name, "relative", side), f"`{named}` is itself a share of another's computation", hint


def _sizes(parents: Mapping[str, tuple[str, ...]]) -> dict[str, int]:
    """Return how many lines come together in each; those on a circle, or below one, have no size."""
    sizes: dict[str, int] = {}
    waiting = dict(parents)
    while ready := [name for name, above in waiting.items() if all(one in sizes for one in above)]:
        for name in ready:
            # More than is allowed is enough to know: a chain of doublings would fill the memory with digits.
            sizes[name] = min(1 + sum(sizes[one] for one in waiting.pop(name)), 10**6)
    return sizes


def _reached(parents: Mapping[str, tuple[str, ...]], start: tuple[str, ...]) -> set[str]:
    """Return every line above some lines, themselves included."""
    found: set[str] = set()
    open_ = list(start)
    while open_:
        name = open_.pop()
        if name not in found:
            found.add(name)
            open_ += parents[name]
    return found

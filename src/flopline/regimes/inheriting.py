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
    order = _ordered(parents)
    sizes: dict[str, int] = {}
    for name in order:
        # More than is allowed is enough to know: a chain of doublings would fill the memory with digits.
        sizes[name] = min(1 + sum(sizes[one] for one in parents[name]), 10**6)
    for name in _on_circles(parents, sizes):
        hint = "a line inherits the duties of lines that stand without it"
        yield ("lines", name, "inherits"), f"`{name}` inherits from itself, directly or by way of other lines", hint
    for name, size in sizes.items():
        if size > MOST:
            path = ("lines", name, "inherits")
            yield path, f"`{name}` inherits from {size - 1:,} lines, {MOST} are the most", None
    yield from _shares_of_shares(read)


def _shares_of_shares(read: RegimeForm) -> Iterator[tuple[tuple[str | int, ...], str, str | None]]:
    """Find relative lines that count as another relative line does, which counts nothing by itself."""
    for name, line in read.lines.items():
        for side in ("direct", "cumulative") if line.relative is not None else ():
            named = getattr(line.relative, side)
            if named in read.lines and read.lines[named].relative is not None:
                hint = "name a line with an amount and a table of its own"
                yield ("lines", name, "relative", side), f"`{named}` is itself a share of another's computation", hint


def _ordered(parents: Mapping[str, tuple[str, ...]]) -> list[str]:
    """Return the lines that hang on no circle, each after those it inherits from (Kahn 1962)."""
    waiting = {name: len(above) for name, above in parents.items()}
    children: dict[str, list[str]] = {name: [] for name in parents}
    for name, above in parents.items():
        for one in above:
            children[one].append(name)
    order = [name for name, count in waiting.items() if count == 0]
    for name in order:  # grows while it is read
        for child in children[name]:
            waiting[child] -= 1
            if waiting[child] == 0:
                order.append(child)
    return order


def _on_circles(parents: Mapping[str, tuple[str, ...]], free: Mapping[str, int]) -> list[str]:
    """Return the lines on circles: of those that are not free, the ones that something on a circle inherits from."""
    left = {name: tuple(one for one in above if one not in free) for name, above in parents.items() if name not in free}
    below: dict[str, list[str]] = {name: [] for name in left}
    for name, above in left.items():
        for one in above:
            below[one].append(name)
    hanging = set(_ordered({name: tuple(children) for name, children in below.items()}))
    return [name for name in left if name not in hanging]

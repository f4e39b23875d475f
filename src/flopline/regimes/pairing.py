"""Which parts of two laws are about the same matter."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

GENERAL: Final = frozenset({"report", "summary", "statement", "internal", "system", "result", "training", "use", "no"})
"""Words of ids that name a form and no matter: two summaries may be about anything."""


def akin(
    left: Mapping[str, str], right: Mapping[str, str], by_words: bool = False
) -> tuple[tuple[str | None, str | None], ...]:
    """Return names side by side, in the left one's order, then what only the right one has.

    Parameters
    ----------
    left, right : mapping of str to str
        What each name is about. The same name goes first, then the same matter.
    by_words : bool
        At last, names that share a word which names a matter (`serious-incidents`, `incident-report`).
    """
    found: dict[str, str] = {}
    free = dict.fromkeys(right)
    for likeness in (_same_name, _same_matter, *([_same_word] if by_words else [])):
        for name, other in likeness(left, right):
            if name not in found and other in free:
                found[name] = other
                del free[other]
    return (*((name, found.get(name)) for name in left), *((None, other) for other in free))


def _same_name(left: Mapping[str, str], right: Mapping[str, str]) -> Iterator[tuple[str, str]]:
    yield from ((name, name) for name in left if name in right)


def _same_matter(left: Mapping[str, str], right: Mapping[str, str]) -> Iterator[tuple[str, str]]:
    yield from ((name, other) for name in left for other in right if left[name] == right[other])


def _same_word(left: Mapping[str, str], right: Mapping[str, str]) -> Iterator[tuple[str, str]]:
    yield from ((name, other) for name in left for other in right if _words(name) & _words(other))


def _words(name: str) -> frozenset[str]:
    return frozenset(word.removesuffix("s") for word in name.split("-")) - GENERAL

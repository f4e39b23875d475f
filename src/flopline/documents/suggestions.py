"""The word that a person probably meant."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

if TYPE_CHECKING:
    from collections.abc import Iterable

LONGEST: Final = 64
"""Characters above which a word is not a slip of the fingers, and comparing it would only cost time."""

NEAR: Final = 0.7
"""Similarity, from 0 to 1, from which on a candidate is worth naming."""


def suggest(word: str, candidates: Iterable[str]) -> str | None:
    """Return the candidate closest to a word, or None where none is near.

    Case, hyphens, underscores and spaces do not count. Of equally close candidates the first in
    alphabetical order is taken, so that the answer does not depend on the order of the candidates.

    Parameters
    ----------
    word : str
        What was typed.
    candidates : iterable of str
        What could have been meant.
    """
    if not word or len(word) > LONGEST:
        return None
    typed = _plain(word)
    near = [(-likeness, one) for one in set(candidates) if (likeness := _likeness(typed, _plain(one))) >= NEAR]
    return min(near)[1] if near else None


def suggestion_hint(word: str, candidates: Iterable[str]) -> str | None:
    """Return the hint that names the closest candidate, or None where none is near."""
    found = suggest(word, candidates)
    return None if found is None else f"did you mean `{found}`?"


def _plain(word: str) -> str:
    return word.casefold().replace("-", "").replace("_", "").replace(" ", "")


def _likeness(typed: str, candidate: str) -> float:
    """Return 1 for the same letters, less for fewer in common, more for a shared beginning."""
    # Imported here: only a person who has mistyped something waits for it.
    from difflib import SequenceMatcher

    if len(candidate) > LONGEST:
        return 0.0
    if typed == candidate:
        return 2.0
    ratio = SequenceMatcher(None, typed, candidate, autojunk=False).ratio()
    shares_beginning = min(len(typed), len(candidate)) >= 3 and (
        candidate.startswith(typed) or typed.startswith(candidate)
    )
    return ratio + 0.2 if shares_beginning else ratio

"""The word for a probability, with nothing rounded before comparing."""

from __future__ import annotations

from typing import Literal

Word = Literal["over", "likely", "possible", "unlikely"]


def word(probability: float) -> Word:
    """Return the word for the probability of crossing a line.

    Parameters
    ----------
    probability : float
        The expected reading's; above 95 % is `over`, above 50 % `likely`, above 5 % `possible`.
    """
    if probability > 0.95:
        return "over"
    if probability > 0.5:
        return "likely"
    return "possible" if probability > 0.05 else "unlikely"

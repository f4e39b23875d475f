"""Which keys a query sees, and how many query-key pairs that makes."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final, Literal

MaskKind = Literal["causal", "window", "chunk"]


@dataclass(frozen=True, slots=True)
class Mask:
    """The keys that the query at each position may attend to.

    Attributes
    ----------
    kind : {"causal", "window", "chunk"}
        All positions up to the query's own; the last `size` of them, its own included; those of the query's
        own chunk of `size` positions.
    size : int
        Width of the window or chunk in tokens; 0 for `causal`.
    """

    kind: MaskKind
    size: int = 0

    def pairs(self, length: int) -> int:
        """Return the number of visible query-key pairs of a sequence.

        Parameters
        ----------
        length : int
            Tokens S of the sequence.

        Notes
        -----
        causal S(S+1)/2; window W: wS - w(w-1)/2 with w = min(W, S); chunk C: qC(C+1)/2 + r(r+1)/2 with
        q, r = divmod(S, C). These are the masks that Hugging Face transformers builds.
        """
        if self.kind == "window":
            width = min(self.size, length)
            return width * length - width * (width - 1) // 2
        if self.kind == "chunk":
            whole, rest = divmod(length, self.size)
            return whole * _triangle(self.size) + _triangle(rest)
        return _triangle(length)

    @property
    def formula(self) -> str:
        """Number of visible pairs, as people write it."""
        return {
            "causal": "A = S(S+1)/2",
            "window": f"A = wS - w(w-1)/2, w = min({self.size}, S)",
            "chunk": f"A = qC(C+1)/2 + r(r+1)/2, C = {self.size}, q, r = divmod(S, C)",
        }[self.kind]


CAUSAL: Final = Mask("causal")
"""Every position sees itself and all before it."""


def _triangle(length: int) -> int:
    return length * (length + 1) // 2

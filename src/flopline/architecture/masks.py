"""Which keys a query sees, and how many query-key pairs that makes."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Final, Literal

if TYPE_CHECKING:
    from flopline.architecture.extents import Lengths

MaskKind = Literal["causal", "window", "chunk", "all", "band"]


@dataclass(frozen=True, slots=True)
class Mask:
    """The keys that the query at each position may attend to.

    Attributes
    ----------
    kind : {"causal", "window", "chunk", "all", "band"}
        All positions up to the query's own; the last `size` of them, its own included; those of the query's
        own chunk of `size` positions; every position; those at most `size` away on either side.
    size : int
        Width of the window, chunk or one side of the band in tokens; 0 for `causal` and `all`.
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
        q, r = divmod(S, C); all S^2; band of k on either side S(2k+1) - k(k+1) with k < S. These are the
        masks that Hugging Face transformers builds.
        """
        if self.kind == "window":
            width = min(self.size, length)
            return width * length - width * (width - 1) // 2
        if self.kind == "chunk":
            whole, rest = divmod(length, self.size)
            return whole * _triangle(self.size) + _triangle(rest)
        if self.kind == "all":
            return length * length
        if self.kind == "band":
            side = min(self.size, length - 1)
            return length * (2 * side + 1) - side * (side + 1)
        return _triangle(length)

    def both(self, lengths: Lengths) -> tuple[int, int]:
        """Return the pairs of the whole square, and those that the mask leaves."""
        return lengths.tokens**2, self.pairs(lengths.tokens)

    @property
    def text(self) -> str:
        """Number of visible pairs, as people write it."""
        return self.formula

    @property
    def formula(self) -> str:
        """Number of visible pairs, as people write it."""
        return {
            "causal": "A = S(S+1)/2",
            "window": f"A = wS - w(w-1)/2, w = min({self.size}, S)",
            "chunk": f"A = qC(C+1)/2 + r(r+1)/2, C = {self.size}, q, r = divmod(S, C)",
            "all": "A = S^2",
            "band": f"A = S(2k+1) - k(k+1), k = min({self.size}, S - 1)",
        }[self.kind]


CAUSAL: Final = Mask("causal")
"""Every position sees itself and all before it."""
BIDIRECTIONAL: Final = Mask("all")
"""Every position sees every other."""


def _triangle(length: int) -> int:
    return length * (length + 1) // 2

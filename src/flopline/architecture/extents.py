"""How often an operation runs: tokens, chunks, patches, or whatever else a sequence's lengths say."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Final

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping


@dataclass(frozen=True, slots=True)
class Lengths:
    """The lengths of one sequence.

    Attributes
    ----------
    tokens : int
        What `seq_len` says: tokens, encoder positions, the side of an image, audio samples.
    others : mapping
        Further lengths of the family by name, such as `decoder_len`.
    """

    tokens: int
    others: Mapping[str, int] = field(default_factory=dict)

    def __getitem__(self, name: str) -> int:
        return self.others[name]


@dataclass(frozen=True, slots=True)
class Extent:
    """How often an operation runs in one sequence, as a function of its lengths.

    Attributes
    ----------
    text : str
        The number, as people write it.
    times : callable
        Returns it for lengths.
    visible : callable, optional
        For pairs: how many of them the mask leaves; None where nothing is masked.
    """

    text: str
    times: Callable[[Lengths], int]
    visible: Callable[[Lengths], int] | None = None

    def both(self, lengths: Lengths) -> tuple[int, int]:
        """Return the number under the full and under the masked convention."""
        full = self.times(lengths)
        return full, full if self.visible is None else self.visible(lengths)


@dataclass(frozen=True, slots=True)
class OtherLength:
    """A length that a family needs beside `seq_len`.

    Attributes
    ----------
    name : str
        Its argument: `decoder_len`, `text_len`, `frames`, `images`.
    default : int, callable or None
        What the family takes without it, perhaps as a function of `seq_len`; None: it must be given.
    meaning : str
        What it counts.
    least : int
        The smallest value that means something.
    """

    name: str
    default: int | Callable[[int], int] | None
    meaning: str
    least: int = 1


TOKENS: Final = Extent("S", lambda lengths: lengths.tokens)
"""Once per token."""
ONCE: Final = Extent("1", lambda _: 1)
"""Once per sequence, as for a pooled position or a conditioning vector."""


def same_as_tokens(tokens: int) -> int:
    """Return the default of a length that is the same as `seq_len` where it is not given."""
    return tokens

"""Lengths of the sequences of a stage: one, or shares of its tokens by length."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from fractions import Fraction
from typing import TYPE_CHECKING, Annotated, Any, Final

from pydantic import PlainValidator, WithJsonSchema

from flopline.architecture.values import shown
from flopline.errors import PlanError
from flopline.plan.amounts import Surroundings, refusing
from flopline.quantity import Dimension, parse

if TYPE_CHECKING:
    from collections.abc import Callable

LONGEST: Final = 2**31
MOST_LENGTHS: Final = 256
"""Lengths of one mixture."""
MOST_DOCUMENTS: Final = 4096
"""Documents of one packed sequence."""
_ROUNDING: Final = Fraction(1, 10**9)
_SHARES: Final = "for instance `{ 4096 = 0.9, 32768 = 0.1 }`, shares of tokens"


@dataclass(frozen=True, slots=True)
class Sequences:
    """Sequences of one length, or of several.

    Attributes
    ----------
    shares : tuple of (int, Fraction)
        Lengths, each with the share of all tokens that stand in sequences of it; the shares add up to one.
    """

    shares: tuple[tuple[int, Fraction], ...]

    @property
    def only(self) -> int | None:
        """The length, where there is one."""
        return self.shares[0][0] if len(self.shares) == 1 else None

    @property
    def longest(self) -> int:
        """The longest length."""
        return max(length for length, _ in self.shares)

    @property
    def mean(self) -> Fraction:
        """Tokens per sequence: the mean over sequences, of which short ones are many."""
        return 1 / sum((share / length for length, share in self.shares), Fraction(0))

    def per_token(self, flop: Callable[[int], int]) -> Fraction:
        """Return FLOP per token, from the FLOP of a sequence of each length."""
        return sum((share * Fraction(flop(length), length) for length, share in self.shares), Fraction(0))

    def __str__(self) -> str:
        if self.only is not None:
            return str(self.only)
        return ", ".join(f"{length} ({float(100 * share):.3g} %)" for length, share in self.shares)


def _sequences(raw: object, _: Surroundings) -> Sequences:
    if isinstance(raw, Sequences):
        return raw
    if not isinstance(raw, Mapping):
        return Sequences(((_length(raw, raw), Fraction(1)),))
    if not 0 < len(raw) <= MOST_LENGTHS:
        message = f"a mixture of lengths has 1 to {MOST_LENGTHS} of them, found {len(raw)}"
        raise PlanError(message, hint=_SHARES)
    lengths = [_length(_whole(parse(key, Dimension.LENGTH)), key) for key in raw]
    parts = [Fraction(repr(parse(share, Dimension.SHARE))) for share in raw.values()]
    whole = sum(parts, Fraction(0))
    if min(parts) <= 0 or abs(whole - 1) > _ROUNDING or len(set(lengths)) < len(lengths):
        message = "shares of different sequence lengths must be positive and add up to 1"
        raise PlanError(message, hint=_SHARES)
    return Sequences(tuple((length, part / whole) for length, part in zip(lengths, parts, strict=True)))


def _whole(number: float) -> object:
    return int(number) if number.is_integer() else number


def _length(value: object, written: object) -> int:
    if isinstance(value, bool) or not isinstance(value, int) or not 1 <= value <= LONGEST:
        message = f"a sequence length is a whole number from 1 to {LONGEST}, found {shown(written)}"
        raise PlanError(message, hint=f"write `8192`, or a mixture: {_SHARES}")
    return value


_ONE: Final = {"type": "integer", "minimum": 1, "maximum": LONGEST}
_SCHEMA: Final = WithJsonSchema(
    {
        "anyOf": [_ONE, {"type": "object", "additionalProperties": {"type": ["number", "string"]}}],
        "description": "tokens of one sequence, or shares of tokens by length",
    }
)

if TYPE_CHECKING:
    SeqLen = Sequences
else:
    SeqLen = Annotated[Any, PlainValidator(refusing(_sequences)), _SCHEMA]

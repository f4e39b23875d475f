"""Entries split by what the machine computes with: some laws count floating-point operations in name."""

from __future__ import annotations

from dataclasses import replace
from fractions import Fraction
from typing import TYPE_CHECKING, Final

from flopline.engine.factors import exactly
from flopline.engine.quantities import constant
from flopline.plan import several

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from flopline.engine.factors import Entry
    from flopline.plan import Stage
    from flopline.regimes.counting import Arithmetic

INTEGER: Final = frozenset({"int8", "int4"})
"""Number formats whose operations are on integers."""


def by_arithmetic(stage: Stage, entries: Sequence[Entry]) -> Iterator[Entry]:
    """Yield a stage's entries, each split into floating-point and integer operations by the shares of its formats.

    Several machines are split by the formats of each only where all of them share one answer.
    """
    share = integer_share(stage)
    for entry in entries:
        if share < 1:
            yield entry if share == 0 else _part(entry, 1 - share, "floating")
        if share > 0:
            yield _part(entry, share, "integer")


def integer_share(stage: Stage) -> Fraction:
    """Return the share of a stage's FLOP that is computed in integers."""
    shares = {_share(machine.format) for machine in several(stage) or (stage,)}
    return shares.pop() if len(shares) == 1 else Fraction(0)


def _share(formats: dict[str, float] | None) -> Fraction:
    return sum((exactly(share) for name, share in (formats or {}).items() if name in INTEGER), Fraction(0))


def _part(entry: Entry, share: Fraction, arithmetic: Arithmetic) -> Entry:
    attributes = replace(entry.attributes, arithmetic=arithmetic)
    if share == 1:
        return replace(entry, attributes=attributes)
    return replace(entry, attributes=attributes, terms=entry.times(constant(f"share in {arithmetic}", share, "plan")))

"""Pictures as sequences: square patches of a square picture whose side `seq_len` says."""

from __future__ import annotations

from functools import lru_cache
from typing import TYPE_CHECKING

from flopline.architecture.extents import Extent
from flopline.architecture.values import refuse

if TYPE_CHECKING:
    from flopline.architecture.extents import Lengths

UNIT = "pixels of a side"
"""What `seq_len` counts."""


@lru_cache(maxsize=256)
def picture(
    patch: int, extra: int = 0, *, only: int | None = None, exact: bool = False, masked: float | None = None
) -> Extent:
    """Return the positions of one square picture: its whole patches, and learned vectors beside them.

    Parameters
    ----------
    patch : int
        Side of a patch; pixels beyond the last whole one are left out.
    extra : int
        Learned vectors: class token, registers.
    only : int, optional
        The only side that the model takes.
    exact : bool
        Whether the side must be a multiple of the patch.
    masked : float, optional
        Share of the patches that the model leaves out (He et al. 2021, arXiv:2111.06377, section 3).

    Notes
    -----
    A masked model keeps floor(n (1 - r)) of n patches, in the arithmetic of the reference.
    """

    def times(lengths: Lengths) -> int:
        found = across(lengths, patch, only, exact) ** 2
        return (found if masked is None else int(found * (1 - masked))) + extra

    share = "" if masked is None else f" x {1 - masked:g}"
    return Extent(f"(S/{patch})^2{share}" + (f" + {extra}" if extra else ""), times)


def across(lengths: Lengths, patch: int, only: int | None = None, exact: bool = False) -> int:
    """Return how many whole patches lie along a side of a picture; an error for a side that the model refuses."""
    side = lengths.tokens
    if only is not None and side != only:
        refuse("seq_len", f"the model takes pictures of {only} pixels a side alone, found {side}", f"write `{only}`")
    if side < patch:
        refuse("seq_len", f"a picture of {side} pixels a side holds no patch of {patch}", "`seq_len` is the side")
    if exact and side % patch:
        hint = f"write `{side // patch * patch}`"
        refuse("seq_len", f"the model takes sides that are a multiple of {patch} pixels alone, found {side}", hint)
    return side // patch

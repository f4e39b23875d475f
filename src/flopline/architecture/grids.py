"""How many positions a picture or a film has: patches, sides that are halved and doubled, and pairs of them.

`seq_len` is the side of a square picture; a film has as many pictures as the length `frames` says, and a text
beside it `text_len` tokens.
"""

from __future__ import annotations

from functools import lru_cache
from math import prod
from typing import Final

from flopline.architecture.extents import Extent, OtherLength

TEXT: Final = Extent("T", lambda lengths: lengths["text_len"])
"""Once per token of the text beside a picture."""

FRAMES: Final = OtherLength("frames", None, "frames of the latent film")
"""The length of a film, which no configuration says."""


def text_length(usual: int | None) -> OtherLength:
    """Return the length of the text beside a picture, with the number that the family's pipeline pads it to.

    Parameters
    ----------
    usual : int, optional
        That number; None: it must be given.
    """
    return OtherLength("text_len", usual, "tokens of the text that conditions it")


@lru_cache(maxsize=256)
def fixed(times: int) -> Extent:
    """Return an extent that does not depend on the lengths.

    Parameters
    ----------
    times : int
        How often.
    """
    return Extent(str(times), lambda _: times)


@lru_cache(maxsize=256)
def patches(patch: int) -> Extent:
    """Return the patches of a square picture.

    Parameters
    ----------
    patch : int
        Side of a patch.
    """
    return Extent("S^2" if patch == 1 else f"(S/{patch})^2", lambda lengths: (lengths.tokens // patch) ** 2)


@lru_cache(maxsize=256)
def frames(together: int = 1) -> Extent:
    """Return the frames of a film.

    Parameters
    ----------
    together : int
        Frames that one patch spans.
    """
    return Extent("F" if together == 1 else f"F/{together}", lambda lengths: lengths["frames"] // together)


@lru_cache(maxsize=256)
def total(*parts: Extent) -> Extent:
    """Return the positions of several extents together."""
    return Extent(" + ".join(one.text for one in parts), lambda lengths: sum(one.times(lengths) for one in parts))


@lru_cache(maxsize=256)
def times(*factors: Extent) -> Extent:
    """Return the pairs, or higher combinations, of positions of several extents."""
    text = " ".join(one.text if " " not in one.text else f"({one.text})" for one in factors)
    return Extent(text, lambda lengths: prod(one.times(lengths) for one in factors))


def pairs(positions: Extent) -> Extent:
    """Return the query-key pairs of positions that all see each other.

    Parameters
    ----------
    positions : Extent
        The positions.
    """
    return times(positions, positions)


def film(patch: int, together: int = 1) -> Extent:
    """Return the patches of a film.

    Parameters
    ----------
    patch, together : int
        Side of a patch, and frames that it spans.
    """
    return times(frames(together), patches(patch))


@lru_cache(maxsize=256)
def scaled(down: int, up: int = 1, *, ceil: bool = False) -> Extent:
    """Return the positions of a picture whose side was divided and then multiplied.

    Parameters
    ----------
    down, up : int
        Divisor and factor of the side.
    ceil : bool
        Whether halves are rounded up, as by a padded convolution of stride 2.
    """
    extra = down - 1 if ceil else 0
    shown = f"S/{down}" if up == 1 else f"{up} (S/{down})"
    return Extent(f"({shown})^2", lambda lengths: ((lengths.tokens + extra) // down * up) ** 2)

"""Images of any size beside a text: squares of `image_side` pixels, cut into patches and windows of them."""

from __future__ import annotations

from functools import lru_cache
from typing import TYPE_CHECKING, Final, Literal

from flopline.architecture.extents import Extent, OtherLength
from flopline.architecture.values import refuse

if TYPE_CHECKING:
    from flopline.architecture.extents import Lengths

IMAGE_SIDE: Final = OtherLength("image_side", 0, "pixels of a side of each image, which is square", 0)
"""The size of the images of a family that takes any; needed with `images`."""


def across(lengths: Lengths, unit: int) -> int:
    """Return how many units of a number of pixels lie across an image; an error where the side is no multiple.

    Parameters
    ----------
    lengths : Lengths
        Lengths of a sequence with images.
    unit : int
        Pixels that one unit spans.
    """
    side = lengths["image_side"]
    if side == 0:
        refuse("image_side", "`images` of this family need `image_side`, their side in pixels", f"write `{unit * 16}`")
    if side % unit:
        hint = f"images are resized to a multiple: `{max(side // unit, 1) * unit}`"
        refuse("image_side", f"`image_side` is {side}, which is no multiple of {unit} pixels", hint)
    return side // unit


@lru_cache(maxsize=256)
def cells(unit: int, whole: int, power: Literal[1, 2] = 1) -> Extent:
    """Return the units of all images, or the pairs of those that lie in one image.

    Parameters
    ----------
    unit : int
        Pixels that one unit spans.
    whole : int
        Pixels that a side must be a multiple of.
    power : {1, 2}
        1 for units, 2 for pairs of them.
    """

    def times(lengths: Lengths) -> int:
        if lengths["images"] == 0:
            return 0
        each = (across(lengths, whole) * (whole // unit)) ** 2
        return lengths["images"] * (each if power == 1 else each * each)

    return Extent(f"(side/{unit})^{2 * power} per images", times)


@lru_cache(maxsize=256)
def packed_pairs(unit: int, whole: int) -> Extent:
    """Return the pairs of patches of all images in one sequence, of which those within an image are visible."""
    own, all_of_them = cells(unit, whole, 2), cells(unit, whole)
    return Extent(f"(images (side/{unit})^2)^2", lambda lengths: all_of_them.times(lengths) ** 2, own.times)


@lru_cache(maxsize=256)
def window_pairs(unit: int, whole: int, window: int) -> Extent:
    """Return the pairs of patches in square windows, the last ones of a row and a column being smaller.

    Parameters
    ----------
    unit, whole : int
        Pixels of a patch, and of the square of patches that is merged to a token.
    window : int
        Such squares to a side of a window.
    """
    each = (whole // unit) ** 2

    def times(lengths: Lengths) -> int:
        if lengths["images"] == 0:
            return 0
        full, rest = divmod(across(lengths, whole), window)
        return lengths["images"] * ((full * window**2 + rest**2) * each) ** 2

    return Extent(f"windows of {window}x{window} squares of {each} patches per images", times)

"""Whole numbers and LoRA shapes from flags."""

from __future__ import annotations

from flopline.errors import Place, QuantityError

LONGEST = 20


def whole(text: str, flag: str, least: int = 1) -> int:
    """Return a whole number of at least `least` from a flag.

    Raises
    ------
    QuantityError
        With the flag as its place.
    """
    digits = text.strip().replace("_", "")
    if not (digits.isascii() and digits.isdigit() and len(digits) <= LONGEST and int(digits) >= least):
        message = f"`{text[:40]}` is not a positive whole number"
        raise QuantityError(message, hint="write the number out, such as 8192", place=Place(key=flag))
    return int(digits)


def lora_of(text: str | None) -> dict[str, object] | None:
    """Return rank and targets from `RANK[:TARGET,TARGET]`."""
    if text is None:
        return None
    rank, _, targets = text.partition(":")
    names = tuple(part.strip() for part in targets.split(",") if part.strip())
    return {"rank": whole(rank, "--lora"), **({"targets": names} if names else {})}


def lengths_of(text: str | None, flag: str) -> tuple[int, ...] | None:
    """Return whole numbers separated by commas."""
    return None if text is None else tuple(whole(part, flag) for part in text.split(","))

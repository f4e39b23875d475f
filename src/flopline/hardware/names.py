"""From what a person or a driver calls a chip to the one chip that is meant, or to a question."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from flopline.errors import HardwareError

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

    from flopline.hardware.profile import Profile

VENDOR_WORDS = ("nvidia", "amd", "google", "aws", "amazon", "intel", "huawei", "tesla", "instinct", "cloud")
"""Words before a device name that do not tell chips apart."""


def normalised(name: str) -> str:
    """Return a name in lower case with one dash for everything that is not a letter or a digit."""
    return re.sub(r"[^a-z0-9]+", "-", name.lower()).strip("-")


def bare(name: str) -> str:
    """Return a normalised name without the vendor's words in front."""
    words = normalised(name).split("-")
    while len(words) > 1 and words[0] in VENDOR_WORDS:
        words = words[1:]
    return "-".join(words)


def match(name: str, profiles: Mapping[str, Profile]) -> Profile:
    """Return the profile that a name means.

    A name matches whole or not at all: an id, an alias, or an alias without its vendor. Nothing is looked up
    by a part of its name, because `L4` is a part of `L40S` and `A10` of `A10G`.

    Parameters
    ----------
    name : str
        What was written.
    profiles : mapping of str to Profile
        The catalogue by id.

    Raises
    ------
    HardwareError
        If the name means several chips (E502) or none (E501); both list candidates.
    """
    wanted = normalised(name)
    if wanted in profiles:
        return profiles[wanted]
    if "mig" in wanted.split("-"):
        message = f"`{_short(name)}` is a slice of a chip (MIG), and peaks are those of whole chips"
        raise HardwareError(message, code="E513", hint="write the chip, and count its share as a fraction of `chips`")
    found = [p for p in profiles.values() if wanted in {normalised(alias) for alias in p.aliases}]
    families = {normalised(family) for p in profiles.values() for family in p.families}
    if not found and wanted not in families:
        short = bare(name)
        if short in profiles:
            return profiles[short]
        if short not in families:
            found = [p for p in profiles.values() if short in {bare(alias) for alias in p.aliases}]
    if len(found) == 1:
        return found[0]
    raise _question(name, found or meant(name, profiles.values()), profiles)


def meant(name: str, profiles: Iterable[Profile]) -> list[Profile]:
    """Return the profiles of the longest family name that stands in a name as whole words."""
    wanted = f"-{bare(name)}-"
    lengths = [(_family(wanted, profile), profile) for profile in profiles]
    longest = max((length for length, _ in lengths), default=0)
    return [profile for length, profile in lengths if length == longest > 0]


def _family(wanted: str, profile: Profile) -> int:
    """Return the length of the longest family name of a profile inside a dashed name, else 0."""
    return max((len(f) for f in profile.families if f"-{normalised(f)}-" in wanted), default=0)


def _question(name: str, candidates: list[Profile], profiles: Mapping[str, Profile]) -> HardwareError:
    shown = _short(name)
    if len(candidates) > 1:
        listed = ", ".join(f"`{p.id}`{_traits(p)}" for p in candidates)
        message = f"`{shown}` could be {len(candidates)} different chips: {listed}"
        return HardwareError(message, code="E502", hint="write one of these ids")
    message = f"`{shown}` is not a chip that flopline knows"
    if candidates:
        hint = f"did you mean `{candidates[0].id}` ({candidates[0].name})?"
        return HardwareError(message, code="E501", hint=hint)
    close = _closest(name, profiles)
    listed = ", ".join(f"`{chip}`" for chip in close)
    hint = f"did you mean {listed}?" if close else "`flopline hardware list` shows all"
    return HardwareError(message, code="E501", hint=f'{hint} or give `peak = "989 TFLOP/s"` (dense)')


def _short(name: str) -> str:
    return name if len(name) <= 60 else f"{name[:60]}..."


def _traits(profile: Profile) -> str:
    """Return what tells a chip from others of its name: its main peak and its memory."""
    main = next((one for one in ("bf16", "fp16") if one in profile.peaks), None)
    rate = [f"{profile.peaks[main].dense / 1e12:.4g} TFLOP/s {main}"] if main else []
    memory = [f"{profile.memory.bytes / 1e9:.3g} GB"] if profile.memory else []
    said = ", ".join((*rate, *memory))
    return f" ({said})" if said else ""


def _closest(name: str, profiles: Mapping[str, Profile]) -> list[str]:
    # Imported here: only a person who has mistyped something waits for it.
    import difflib

    names = {spelling: p.id for p in profiles.values() for spelling in (p.id, *map(bare, p.aliases))}
    found = difflib.get_close_matches(bare(name)[:60], names, n=6, cutoff=0.6)
    return list(dict.fromkeys(names[spelling] for spelling in found))[:3]

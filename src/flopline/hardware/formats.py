"""Which number format a run computes in, and the peak that a mixture of formats leaves."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING, Final

from flopline.errors import HardwareError

if TYPE_CHECKING:
    from collections.abc import Mapping

    from flopline.hardware.profile import Profile

FORMATS: Final = (
    "fp64",
    "fp64-matrix",
    "fp32",
    "fp32-matrix",
    "tf32",
    "bf16",
    "fp16",
    "fp8",
    "fp6",
    "fp4",
    "int8",
)
"""Names of formats, widest first; `-matrix` is the matrix engine's rate where the vector units differ."""

SHARES_SUM: Final = 1e-6
"""How far from one the shares of a mixture may add up."""


def default_format(profile: Profile) -> str:
    """Return the format that a training run is assumed to use when none is named: bf16, else fp16.

    Raises
    ------
    HardwareError
        If the chip has neither.
    """
    for name in ("bf16", "fp16"):
        if name in profile.peaks:
            return name
    message = f"`{profile.id}` has neither a bf16 nor an fp16 peak"
    raise HardwareError(message, code="E504", hint=f"name the format that ran: {_offered(profile)}")


def mixed_peak(profile: Profile, shares: Mapping[str, float]) -> float:
    """Return the dense peak in FLOP/s of a run whose FLOP are split over formats.

    The time per FLOP adds up, so the peak is the harmonic mean 1 / sum(share / peak).

    Parameters
    ----------
    profile : Profile
        The chip.
    shares : mapping of str to float
        Share of the FLOP (not of the time) in each format; they add up to one.

    Raises
    ------
    HardwareError
        For a format that the chip lacks, a share outside (0, 1] or shares that do not add up to one.
    """
    if not shares:
        message = "a mixture of formats needs at least one share"
        raise HardwareError(message, code="E505", hint="write `format = { fp8 = 0.8, bf16 = 0.2 }`")
    for name, share in shares.items():
        if not 0 < share <= 1:
            message = f"the share of `{name}` is {share:g}, which is not above 0 and at most 1"
            raise HardwareError(message, code="E505", hint="shares are of FLOP and add up to 1")
    total = math.fsum(shares.values())
    if abs(total - 1) > SHARES_SUM:
        message = f"the shares of the formats add up to {total:g}, not to 1"
        raise HardwareError(message, code="E505", hint="shares are of FLOP: `{ fp8 = 0.8, bf16 = 0.2 }`")
    return 1 / math.fsum(share / profile.peak(name).dense for name, share in shares.items())


def _offered(profile: Profile) -> str:
    return ", ".join(f"`{name}`" for name in profile.peaks)

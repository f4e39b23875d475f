"""What a profile must satisfy beyond its form: the rules of the catalogue for contributors."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from flopline.errors import Diagnostic

if TYPE_CHECKING:
    from flopline.hardware.profile import Profile

TOLERANCE: Final = 0.02
"""How far a rated peak may be from units x FLOP per clock x clock."""

TOP_HEADLINE: Final = 8.4
"""Sparsity doubles a headline and fp16 sums double it again (GeForce), unstructured sparsity is advertised at
eight times (Cerebras: 62.5 against 7.5); more than that is a slip of units."""


def physics_ratio(profile: Profile) -> float | None:
    """Return the rated dense peak over units x FLOP per clock x clock; None where they are not known."""
    if profile.physics is None:
        return None
    return profile.peaks[profile.physics.format].dense / profile.physics.rate


def check(profile: Profile) -> tuple[Diagnostic, ...]:
    """Return what is wrong with a profile; empty for a good one."""
    return (*_physics(profile), *_headlines(profile), *_grades(profile))


def _physics(profile: Profile) -> tuple[Diagnostic, ...]:
    ratio = physics_ratio(profile)
    if ratio is None or profile.physics is None:
        return ()
    exempt = profile.physics.exemption is not None
    off = abs(ratio - 1) > TOLERANCE
    if off and not exempt:
        message = f"the rated peak is {ratio:.3f} times what the units can do at that clock"
        hint = "correct the units or the clock, or give the reason as `exemption`"
        return (Diagnostic("E508", message, hint=hint),)
    if exempt and not off:
        message = f"the physics check agrees within {TOLERANCE:.0%}, so it needs no exemption"
        return (Diagnostic("E508", message),)
    return ()


def _headlines(profile: Profile) -> tuple[Diagnostic, ...]:
    return tuple(
        Diagnostic("E509", f"the `{name}` headline is more than {TOP_HEADLINE:.0f} times the dense peak")
        for name, peak in profile.peaks.items()
        if peak.headline is not None and peak.headline.rate > TOP_HEADLINE * peak.dense
    )


def _grades(profile: Profile) -> tuple[Diagnostic, ...]:
    """Ask for arithmetic behind a main peak that nobody could look up."""
    recalled = [
        name
        for name, peak in profile.peaks.items()
        if all(source.grade == "recalled" for source in profile.sources_of(peak))
    ]
    main = [name for name in ("bf16", "fp16") if name in recalled and name in profile.peaks]
    if main and profile.physics is None:
        message = f"the `{main[0]}` peak is only recalled and has no physics check"
        return (Diagnostic("E510", message),)
    return ()

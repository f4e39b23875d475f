"""The pages of `flopline hardware`: the catalogue as a table, and one chip with the source of every value."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from flopline import quantity
from flopline.errors import HardwareError, Place
from flopline.report.columns import columns
from flopline.report.footnotes import Footnotes
from flopline.report.page import labelled, page
from flopline.report.prose import wrapped

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Sequence

    from flopline.hardware import Headline, Peak, Physics, Price, Profile

_LISTED: Final = ("tf32", "bf16", "fp16", "fp8", "fp4")
_OWN: Final = "*"


def chosen(profiles: Iterable[Profile], vendor: str | None = None, format_: str | None = None) -> tuple[Profile, ...]:
    """Return the profiles of one vendor, and those with a peak in one format.

    Parameters
    ----------
    profiles : iterable of Profile
        The catalogue.
    vendor, format_ : str, optional
        In any case; None takes all.

    Raises
    ------
    HardwareError
        For a vendor that no profile has (E511), or a word that is no number format (E512).
    """
    found = tuple(profiles)
    if vendor is not None:
        known = list(dict.fromkeys(one.vendor for one in found))
        _known("vendor", vendor, known, "E511")
        found = tuple(one for one in found if one.vendor.casefold() == vendor.casefold())
    if format_ is not None:
        from flopline.hardware import FORMATS

        _known("format", format_, FORMATS, "E512")
        found = tuple(one for one in found if format_.casefold() in one.peaks)
    return found


def _known(what: str, word: str, known: Sequence[str], code: str) -> None:
    if word.casefold() not in {one.casefold() for one in known}:
        message = f"`{quantity.shown(word)}` is not a {what} of the catalogue"
        hint = "known: " + ", ".join(f"`{one}`" for one in known)
        raise HardwareError(message, code=code, hint=hint, place=Place(key=f"--{what}"))


def hardware_list_text(profiles: Sequence[Profile]) -> str:
    """Return the catalogue as a table of dense peaks, a block for each vendor."""
    if not profiles:
        return page([["no chip of the catalogue has all that was asked for"]])
    head = ("", "name", *_LISTED, "memory", "devices", "since")
    lines = columns([head, *map(_row, profiles)], right=range(2, len(head) - 1), gap=2, indent=2)
    blocks: dict[str, list[str]] = {}
    for profile, line in zip(profiles, lines[1:], strict=True):
        blocks.setdefault(profile.vendor, [f"  {profile.vendor}"]).append(line)
    return page([["dense peaks in TFLOP/s, memory in GB", "", lines[0]], *blocks.values(), _remarks(profiles)])


def _row(profile: Profile) -> tuple[str, ...]:
    rates = [_tera(profile.peaks[name].dense) if name in profile.peaks else "-" for name in _LISTED]
    memory = quantity.significant(profile.memory.bytes / 1e9) if profile.memory else "-"
    since = str(profile.release.year) if profile.release else "-"
    mark = "" if profile.origin == "catalogue" else _OWN
    return (f"  {profile.id}{mark}", profile.name, *rates, memory, str(profile.devices), since)


def _remarks(profiles: Sequence[Profile]) -> list[str]:
    own = [one for one in profiles if one.origin != "catalogue"]
    text = (
        "devices: what software shows for one chip; where it is not 1, counting devices as chips is wrong by "
        "that factor. Peaks of other formats, sparse headlines and sources: `flopline hardware show ID`."
    )
    files = [f"{_OWN} {one.id}: {_origin(one)}" for one in own]
    return [*wrapped(text, indent=2, hanging=2), *(f"  {line}" for line in files)]


def _origin(profile: Profile) -> str:
    return f"{profile.origin}{', in place of the shipped profile' if profile.replaces else ''}"


def hardware_text(profile: Profile) -> str:
    """Return the page of one chip: every peak, the trap of its headline, and the source of each value."""
    notes = Footnotes()
    blocks = [
        _head(profile, notes),
        _peaks(profile, notes),
        labelled(list(_around(profile, notes))),
        notes.lines(),
    ]
    return page(blocks)


def _head(profile: Profile, notes: Footnotes) -> list[str]:
    status = profile.status + (f", available since {profile.release}" if profile.release else "")
    rows = [
        ("counted as", f"one {profile.unit}; {_shape(profile)}"),
        ("status", f"{status} {notes.mark(*profile.sources_of(profile))}"),
        ("also called", ", ".join(profile.aliases)),
        ("ambiguous", f"{', '.join(profile.families)}: short names that other chips share"),
        ("note", profile.remark or ""),
        ("from", "" if profile.origin == "catalogue" else _origin(profile)),
    ]
    if not profile.families:
        rows = [row for row in rows if row[0] != "ambiguous"]
    given = [(label, text) for label, text in rows if text]
    return [f"{profile.vendor} {profile.name}   ({profile.id})", "", *labelled(given)]


def _shape(profile: Profile) -> str:
    dies = "1 die" if profile.dies == 1 else f"{profile.dies} dies"
    if profile.devices == 1:
        return f"{dies}, shown by software as 1 device"
    return (
        f"{dies}, shown by software as {profile.devices} devices: counting devices as {profile.unit}s is "
        f"wrong by a factor of {profile.devices}"
    )


def _peaks(profile: Profile, notes: Footnotes) -> list[str]:
    rows = [("dense peak", "TFLOP/s", "sources give", "units", "sums in", "advertised", "")]
    for name, peak in profile.peaks.items():
        sums = (peak.accumulate or "").partition(" (")[0]
        marks = notes.mark(*profile.sources_of(peak))
        headline = _headline(peak.headline) if peak.headline else ""
        rows.append((f"  {name}", _tera(peak.dense), _range(peak), peak.engine or "", sums, headline, marks))
    kept = [index for index in range(len(rows[0])) if index < 2 or any(row[index] for row in rows[1:])]
    shown = [[row[index] for index in kept] for row in rows]
    return [*columns(shown, right=(1,)), *_peak_notes(profile)]


def _tera(rate: float) -> str:
    return quantity.significant(rate / 1e12, 5)


def _range(peak: Peak) -> str:
    if peak.low is None and peak.high is None:
        return ""
    return f"{_tera(peak.low or peak.dense)} .. {_tera(peak.high or peak.dense)}"


def _headline(headline: Headline) -> str:
    return f"{_tera(headline.rate)} is sparse: never used" if headline.sparse else f"{_tera(headline.rate)}, dense"


def _peak_notes(profile: Profile) -> list[str]:
    """Return what there is to know about peaks, formats with the same note together."""
    formats: dict[str, list[str]] = {}
    for name, peak in profile.peaks.items():
        if peak.accumulate and " (" in peak.accumulate:
            formats.setdefault(f"sums in {peak.accumulate}", []).append(name)
        if peak.remark:
            formats.setdefault(peak.remark, []).append(name)
    return labelled([(", ".join(names), note) for note, names in formats.items()], indent=4)


def _around(profile: Profile, notes: Footnotes) -> Iterator[tuple[str, str]]:
    """Yield what surrounds the arithmetic, each with its sources."""
    unit = profile.unit
    if (memory := profile.memory) is not None:
        speed = f" at {_giga(memory.bytes_per_second)}/s" if memory.bytes_per_second else ""
        kind = f"{memory.type}, " if memory.type else ""
        yield "memory", f"{kind}{_giga(memory.bytes)}{speed} {notes.mark(*profile.sources_of(memory))}"
    if (link := profile.link) is not None:
        reach = f", {link.domain} {unit}s reach each other" if link.domain else ""
        text = f"{link.name}, {_giga(link.one_way)}/s one way, {_giga(link.both_ways)}/s both ways added{reach}"
        yield "link", f"{text} {notes.mark(*profile.sources_of(link))}"
    if (network := profile.network) is not None:
        text = f"{_giga(network.bytes_per_second)}/s one way"
        yield "network", f"{text} {notes.mark(*profile.sources_of(network))}"
    powers = (("power", profile.power), ("with its server", profile.server), ("at work", profile.measured))
    for label, power in powers:
        if power is not None:
            term = f" ({power.term})" if power.term else ""
            marks = notes.mark(*profile.sources_of(power))
            yield label, f"{quantity.significant(power.watts, 5)} W{term} {marks}"
    if (price := profile.price) is not None:
        yield "price", f"{_price(price, unit)} {notes.mark(*profile.sources_of(price))}"
    if (physics := profile.physics) is not None:
        yield "physics check", f"{_physics(profile, physics)} {notes.mark(*profile.sources_of(physics))}"


def _giga(amount: float) -> str:
    return f"{quantity.significant(amount / 1e9, 5)} GB"


def _price(price: Price, unit: str) -> str:
    published = [price.low, *([price.best] if price.best else []), price.high]
    shown = " .. ".join(dict.fromkeys(quantity.significant(one, 4) for one in published))
    return f"{shown} USD per {unit}-hour: least, middle and most of the published prices"


def _physics(profile: Profile, physics: Physics) -> str:
    from flopline.hardware.check import physics_ratio

    clock = f"{quantity.significant(physics.hertz / 1e9, 4)} GHz"
    product = f"{physics.units:,} units x {physics.flop_per_clock:,} FLOP per clock x {clock}"
    ratio = physics_ratio(profile) or 0.0
    said = [
        f"{product} = {_tera(physics.rate)} TFLOP/s; the {physics.format} peak is {ratio:.3f} times that",
        physics.remark,
        physics.exemption,
    ]
    return ". ".join(one for one in said if one)

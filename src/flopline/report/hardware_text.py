"""The page of `flopline hardware show`: one chip with the source of every value."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from flopline import quantity
from flopline.report.columns import columns
from flopline.report.footnotes import Footnotes
from flopline.report.hardware_list import origin
from flopline.report.page import labelled, page

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from flopline.hardware import Headline, Instance, Peak, Physics, Price, Profile
    from flopline.utilization import Achievable


def hardware_text(
    profile: Profile,
    rates: Sequence[Achievable] = (),
    instances: Sequence[Instance] = (),
    asked: Instance | None = None,
) -> str:
    """Return the page of one chip: every peak, the trap of its headline, and the source of each value.

    Parameters
    ----------
    rates : sequence of Achievable
        The best matrix multiplications that were measured on it.
    instances : sequence of Instance
        Types of clouds that hold it.
    asked : Instance, optional
        The type by whose name it was asked for.
    """
    notes = Footnotes()
    blocks = [
        [f"  {_holds(asked)} {notes.mark(*asked.source)}"] if asked else [],
        _head(profile, notes),
        _peaks(profile, notes),
        labelled(list(_around(profile, notes))),
        _measured(profile, rates, notes),
        _rented(instances),
        notes.lines(),
    ]
    return page([block for block in blocks if block])


def shown_chip(
    profile: Profile, rates: Sequence[Achievable], instances: Sequence[Instance], asked: Instance | None
) -> dict[str, Any]:
    """Return the same as plain data: the profile, with `achievable`, `instances` and `instance` beside its own keys."""
    return {
        **profile.to_dict(),
        "achievable": [
            {
                "format": name, "share": row.share, "rate": row.share * profile.peaks[name].dense, "measured": row.rate,
                "bound": row.bound, "remark": row.remark, "source": row.source.model_dump(mode="json"),
            }
            for row in rates for name in row.formats if name in profile.peaks
        ],
        "instances": [{"name": one.name, "cloud": one.cloud, "chips": one.chips} for one in instances],
        "instance": None if asked is None else {"name": asked.name, "cloud": asked.cloud, "chips": asked.chips},
    }  # fmt: skip


def _holds(asked: Instance) -> str:
    remark = f". {asked.remark}" if asked.remark else ""
    return f"{asked.name} ({asked.cloud}): {asked.chips} x {asked.chip}{remark}"


def _measured(profile: Profile, rates: Sequence[Achievable], notes: Footnotes) -> list[str]:
    """Return the best matrix multiplications: what a run of matrix products can hope for."""
    if not rates:
        return []
    rows = [
        (
            f"  {', '.join(one for one in row.formats if one in profile.peaks)}",
            quantity.share(row.share),
            row.rate,
            notes.mark(row.source),
        )
        for row in sorted(rates, key=lambda row: row.formats)
    ]
    head = ("best matrix product measured", "of the peak", "", "")
    return columns([head, *rows], right=(1,))


def _rented(instances: Sequence[Instance]) -> list[str]:
    clouds: dict[str, list[str]] = {}
    for one in instances:
        clouds.setdefault(one.cloud, []).append(one.name if one.chips == 1 else f"{one.name} ({one.chips})")
    rows = [(cloud, ", ".join(names)) for cloud, names in clouds.items()]
    return ["  in instance types, with chips in each", *labelled(rows, indent=4)] if rows else []


def _head(profile: Profile, notes: Footnotes) -> list[str]:
    status = profile.status + (f", available since {profile.release}" if profile.release else "")
    rows = [
        ("counted as", f"one {profile.unit}; {_shape(profile)}"),
        ("status", f"{status} {notes.mark(*profile.sources_of(profile))}"),
        ("also called", ", ".join(profile.aliases)),
        ("ambiguous", f"{', '.join(profile.families)}: short names that other chips share"),
        ("note", profile.remark or ""),
        ("from", "" if profile.origin == "catalogue" else origin(profile)),
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


_SPARSE = "the advertised figure counts products that sparsity skips; training computes them all, at the dense peak"


def _peak_notes(profile: Profile) -> list[str]:
    """Return what there is to know about peaks, formats with the same note together."""
    formats: dict[str, list[str]] = {}
    for name, peak in profile.peaks.items():
        if peak.accumulate and " (" in peak.accumulate:
            formats.setdefault(f"sums in {peak.accumulate}", []).append(name)
        if peak.remark:
            formats.setdefault(peak.remark, []).append(name)
        if peak.headline is not None and peak.headline.sparse:
            formats.setdefault(_SPARSE, []).append(name)
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

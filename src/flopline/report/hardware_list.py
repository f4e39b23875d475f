"""The page of `flopline hardware list`: chips as a table, chosen, ordered and shown as asked."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Final

from flopline import quantity
from flopline.errors import HardwareError, Place
from flopline.hardware import FORMATS
from flopline.report.columns import columns
from flopline.report.page import page
from flopline.report.prose import wrapped

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Sequence

    from flopline.hardware import Profile

_OWN: Final = "*"
_SHOWN: Final = ("id", "name", "tf32", "bf16", "fp16", "fp8", "fp4", "memory", "devices", "since")
_DIGITS: Final = 5

Cell = float | str | None


def _peak(name: str) -> Callable[[Profile], Cell]:
    return lambda one: one.peaks[name].dense / 1e12 if name in one.peaks else None


COLUMNS: Final[dict[str, Callable[[Profile], Cell]]] = {
    "id": lambda one: one.id,
    "vendor": lambda one: one.vendor,
    "name": lambda one: one.name,
    **{name: _peak(name) for name in FORMATS},
    "memory": lambda one: one.memory.bytes / 1e9 if one.memory else None,
    "bandwidth": lambda one: one.memory.bytes_per_second / 1e9 if one.memory and one.memory.bytes_per_second else None,
    "link": lambda one: one.link.one_way / 1e9 if one.link else None,
    "domain": lambda one: one.link.domain if one.link else None,
    "network": lambda one: one.network.bytes_per_second / 1e9 if one.network else None,
    "power": lambda one: one.power.watts if one.power else None,
    "server": lambda one: one.server.watts if one.server else None,
    "price": lambda one: (one.price.best or one.price.low) if one.price else None,
    "devices": lambda one: one.devices,
    "since": lambda one: one.release.isoformat() if one.release else None,
    "status": lambda one: one.status,
}
"""What a column shows of a chip: TFLOP/s, GB, GB/s (links and networks one way), watts, USD per hour."""


def chosen(
    profiles: Iterable[Profile],
    vendor: str | None = None,
    format_: str | None = None,
    status: str | None = None,
    memory: str | None = None,
) -> tuple[Profile, ...]:
    """Return the profiles that have all that is asked for.

    Parameters
    ----------
    profiles : iterable of Profile
        The catalogue.
    vendor, format_, status : str, optional
        In any case; None takes all.
    memory : str, optional
        Least memory, such as `80 GB`.

    Raises
    ------
    HardwareError
        For a vendor or a status that no profile has (E511), a word that is no number format (E512), an amount that is
        none of memory (E516).
    """
    found = tuple(profiles)
    if vendor is not None:
        _known("vendor", vendor, list(dict.fromkeys(one.vendor for one in found)), "E511")
        found = tuple(one for one in found if one.vendor.casefold() == vendor.casefold())
    if status is not None:
        _known("status", status, ("shipping", "announced"), "E511")
        found = tuple(one for one in found if one.status == status.casefold())
    if format_ is not None:
        _known("format", format_, FORMATS, "E512")
        found = tuple(one for one in found if format_.casefold() in one.peaks)
    if memory is not None:
        least = _gigabytes(memory)
        found = tuple(one for one in found if one.memory is not None and one.memory.bytes / 1e9 >= least)
    return found


def ordered(profiles: Sequence[Profile], key: str | None) -> tuple[Profile, ...]:
    """Return profiles by one column: numbers and dates from the largest on, words from the first, gaps last.

    Raises
    ------
    HardwareError
        For a word that is no column (E517).
    """
    if key is None:
        return tuple(profiles)
    value = COLUMNS[_column(key, "--sort")]
    known = [one for one in profiles if value(one) is not None]
    falling = key.casefold() == "since" or any(isinstance(value(one), (int, float)) for one in known)
    known.sort(key=lambda one: _rank(value(one)), reverse=falling)
    return (*known, *(one for one in profiles if value(one) is None))


def _rank(cell: Cell) -> tuple[float, str]:
    return (float(cell), "") if isinstance(cell, (int, float)) else (0.0, str(cell).casefold())


def hardware_list_text(profiles: Sequence[Profile], *, shown: str | None = None, by_vendor: bool = True) -> str:
    """Return the catalogue as a table of dense peaks.

    Parameters
    ----------
    profiles : sequence of Profile
        In the order of their lines.
    shown : str, optional
        Names of columns between commas; None shows the usual ones.
    by_vendor : bool
        A block for each vendor, in the order of the catalogue.

    Raises
    ------
    HardwareError
        For a word that is no column (E517).
    """
    names = _SHOWN if shown is None else tuple(_column(one, "--columns") for one in shown.split(","))
    if not profiles:
        return page([["no chip of the catalogue has all that was asked for"]])
    blocks_ = by_vendor and shown is None
    head = tuple("" if name == "id" else name for name in names)
    rows = [tuple(_shown(one, name, deep=blocks_) for name in names) for one in profiles]
    right = [place for place, name in enumerate(names) if name not in ("id", "vendor", "name", "status", "since")]
    lines = columns([head, *rows], right=right, gap=2, indent=2)
    top = ["dense peaks in TFLOP/s, memory in GB" if shown is None else _UNITS, "", lines[0]]
    if not blocks_:
        return page([[*top, *lines[1:]], _remarks(profiles)])
    blocks: dict[str, list[str]] = {}
    for profile, line in zip(profiles, lines[1:], strict=True):
        blocks.setdefault(profile.vendor, [f"  {profile.vendor}"]).append(line)
    return page([top, *blocks.values(), _remarks(profiles)])


_UNITS: Final = "dense peaks in TFLOP/s, memory in GB, speeds in GB/s one way, power in W, price in USD per hour"


def _shown(profile: Profile, name: str, *, deep: bool) -> str:
    value = COLUMNS[name](profile)
    if name == "id":
        mark = "" if profile.origin == "catalogue" else _OWN
        return f"{'  ' if deep else ''}{profile.id}{mark}"
    if value is None:
        return "-"
    if name == "since":
        return str(value)[:4]
    return quantity.significant(value, _DIGITS) if isinstance(value, (int, float)) else value


def _remarks(profiles: Sequence[Profile]) -> list[str]:
    own = [one for one in profiles if one.origin != "catalogue"]
    count = "1 chip" if len(profiles) == 1 else f"{len(profiles)} chips"
    text = (
        f"{count}. devices: what software shows for one chip; where it is not 1, counting devices as chips is wrong by "
        "that factor. Peaks of other formats, sparse headlines and sources: `flopline hardware show ID`."
    )
    soon = [one.id for one in profiles if one.status == "announced"]
    announced = wrapped(f"announced and not shipping: {', '.join(soon)}", indent=2, hanging=2) if soon else []
    files = [f"  {_OWN} {one.id}: {origin(one)}" for one in own]
    return [*wrapped(text, indent=2, hanging=2), *announced, *files]


def origin(profile: Profile) -> str:
    """Return the file that a profile of the user's comes from."""
    return f"{profile.origin}{', in place of the shipped profile' if profile.replaces else ''}"


def _known(what: str, word: str, known: Sequence[str], code: str) -> None:
    if word.casefold() not in {one.casefold() for one in known}:
        message = f"`{quantity.shown(word)}` is not a {what} of the catalogue"
        hint = "known: " + ", ".join(f"`{one}`" for one in known)
        raise HardwareError(message, code=code, hint=hint, place=Place(key=f"--{what}"))


def _column(word: str, flag: str) -> str:
    name = word.strip().casefold()
    if name not in COLUMNS:
        message = f"`{quantity.shown(word)}` is not a column"
        hint = f"there are {', '.join(COLUMNS)}"
        raise HardwareError(message, code="E517", hint=hint, place=Place(key=flag))
    return name


def _gigabytes(text: str) -> float:
    found = re.fullmatch(r"([0-9]{1,6}(?:\.[0-9]{1,6})?)\s*(GB|TB)", text.strip(), re.IGNORECASE)
    if found is None:
        message = f"`{quantity.shown(text)}` is not an amount of memory"
        raise HardwareError(message, code="E516", hint='write "80 GB"', place=Place(key="--min-memory"))
    return float(found[1]) * (1000 if found[2].upper() == "TB" else 1)

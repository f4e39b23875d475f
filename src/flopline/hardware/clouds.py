"""What clouds call their machines: instance types, the chip inside and how many of it."""

from __future__ import annotations

import tomllib
from functools import cache
from typing import TYPE_CHECKING, Any, Final

from pydantic import BaseModel, ConfigDict, PositiveInt

from flopline.errors import HardwareError
from flopline.hardware.names import normalised
from flopline.provenance import Source

if TYPE_CHECKING:
    from pathlib import Path

FOLDER: Final = "clouds"
"""Folder of the catalogue that holds no chips."""
_MOST_SHOWN: Final = 12


class _Table(BaseModel):
    model_config = ConfigDict(frozen=True, extra="forbid", defer_build=True)


class Instance(_Table):
    """One instance type.

    Attributes
    ----------
    name, cloud : str
        As the cloud writes it, and the cloud.
    chip : str
        Id of the chip in it.
    chips : int
        How many.
    source : tuple of Source
        Who says so.
    remark : str, optional
        The trap to know about.
    """

    name: str
    cloud: str
    chip: str
    chips: PositiveInt
    source: tuple[Source, ...]
    remark: str | None = None


class Family(_Table):
    """Instance types of one chip, with the number of it in each."""

    chip: str
    source: tuple[str, ...]
    instances: dict[str, PositiveInt]
    remark: str | None = None


class Slice(_Table):
    """Names that end in a number of cores: `v4-512` has 512 TensorCores, which are 256 chips."""

    prefix: str
    chip: str
    cores_per_chip: PositiveInt
    source: tuple[str, ...]
    remark: str | None = None


class Part(_Table):
    """Instance types that hold a part of a chip."""

    chip: str
    source: tuple[str, ...]
    instances: tuple[str, ...]


class Cloud(_Table):
    """One file of instance types.

    Attributes
    ----------
    name : str
        The cloud.
    family, slice, part : tuple
        Types with whole chips, names with a number of cores, types with a part of a chip.
    sources : dict
        The documents that `source` lists refer to.
    """

    name: str
    family: tuple[Family, ...] = ()
    slice: tuple[Slice, ...] = ()
    part: tuple[Part, ...] = ()
    sources: dict[str, Source]

    def tables(self) -> tuple[Family | Slice | Part, ...]:
        """Return everything that names a chip and its sources."""
        return (*self.family, *self.slice, *self.part)

    def instances(self) -> tuple[Instance, ...]:
        """Return the types that hold whole chips."""
        return tuple(
            Instance(
                name=name, cloud=self.name, chip=one.chip, chips=chips, remark=one.remark,
                source=tuple(self.sources[key] for key in one.source),
            )
            for one in self.family for name, chips in one.instances.items()
        )  # fmt: skip


@cache
def load_clouds(folder: Path) -> tuple[Cloud, ...]:
    """Return the clouds of a catalogue, by name."""
    return tuple(read_cloud(path) for path in sorted((folder / FOLDER).glob("*.toml")))


def read_cloud(path: Path) -> Cloud:
    """Return one file of instance types, which the tests of the catalogue hold to its rules."""
    tree: dict[str, Any] = tomllib.loads(path.read_text("utf-8"))
    return Cloud.model_validate(tree)


def find_instance(name: str, folder: Path) -> Instance | None:
    """Return the instance type that a name means, if it is one.

    Parameters
    ----------
    name : str
        In any case: `p5.48xlarge`, `Standard_ND96isr_H100_v5`, `v5p-128`.
    folder : Path
        The catalogue.

    Raises
    ------
    HardwareError
        For a type with a part of a chip or a number that is none of chips (E514), and for a family of types (E515).
    """
    wanted = normalised(name)
    clouds = load_clouds(folder)
    found = [one for cloud in clouds for one in cloud.instances() if normalised(one.name) == wanted]
    if found:
        return found[0]
    for cloud in clouds:
        _refuse_parts(name, wanted, cloud)
        for one in cloud.slice:
            if wanted.startswith(one.prefix) and wanted.removeprefix(one.prefix).isdecimal():
                return _slice(name, int(wanted.removeprefix(one.prefix)), one, cloud)
    _refuse_families(name, wanted, clouds)
    return None


def _slice(name: str, count: int, one: Slice, cloud: Cloud) -> Instance:
    if count < 1 or count % one.cores_per_chip:
        message = f"`{name}` is no slice of {one.chip}: {one.cores_per_chip} cores are one chip"
        raise HardwareError(message, code="E514", hint=f"such as `{one.prefix}{8 * one.cores_per_chip}`")
    sources = tuple(cloud.sources[key] for key in one.source)
    chips = count // one.cores_per_chip
    return Instance(name=name, cloud=cloud.name, chip=one.chip, chips=chips, source=sources, remark=one.remark)


def _refuse_parts(name: str, wanted: str, cloud: Cloud) -> None:
    for part in cloud.part:
        if wanted in map(normalised, part.instances):
            message = f"an instance of `{name}` holds a part of one {part.chip}, and peaks are those of whole chips"
            hint = f"count the share by hand: `{part.chip}` with a fraction of `chips`"
            raise HardwareError(message, code="E514", hint=hint)


def _refuse_families(name: str, wanted: str, clouds: tuple[Cloud, ...]) -> None:
    """Refuse `p5`, which several instance types begin with, and `p5.96xlarge`, which is none of them."""
    known = [one for cloud in clouds for one in cloud.instances()]
    for stem in (wanted, wanted.rpartition("-")[0]):
        types = [one for one in known if normalised(one.name).startswith(f"{stem}-")]
        if types and any(letter.isdigit() for letter in stem):
            listed = ", ".join(f"`{one.name}`" for one in types[:_MOST_SHOWN])
            more = " and others" if len(types) > _MOST_SHOWN else ""
            what = "is a family of" if stem == wanted else "is none of the"
            message = f"`{name}` {what} instance types of {types[0].cloud}: {listed}{more}"
            raise HardwareError(message, code="E515", hint="write one of them, or the chip")

"""Where profiles are found: the shipped catalogue, and the user's own files in front of it."""

from __future__ import annotations

import re
from functools import cached_property
from pathlib import Path
from types import MappingProxyType
from typing import TYPE_CHECKING, Any

from pydantic import BaseModel, ConfigDict

from flopline.errors import HardwareError, Place
from flopline.hardware.clouds import FOLDER, Instance, find_instance
from flopline.hardware.names import match, normalised
from flopline.hardware.profile import Profile
from flopline.hardware.reading import read_profile, read_shipped

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

_ID = r"[a-z0-9]+(-[a-z0-9]+)*"
LONGEST_ID = 64
"""Characters that an id may have; file systems refuse much longer names."""


def shipped() -> Path:
    """Return the folder of the shipped catalogue: inside the installed package, or the repository's own."""
    inside = Path(__file__).parent / "data"
    return inside if inside.is_dir() else Path(__file__).parents[3] / "hardware"


def chip_files() -> list[Path]:
    """Return the files of the shipped chips."""
    return sorted(path for path in shipped().glob("*/*.toml") if path.parent.name != FOLDER)


class Catalogue(BaseModel):
    """The profiles of one search path, by id.

    Attributes
    ----------
    profiles : tuple of Profile
        Sorted by vendor and id; a user's profile stands in the place of the shipped one that it replaces.
    """

    model_config = ConfigDict(frozen=True, extra="forbid", defer_build=True)

    profiles: tuple[Profile, ...]

    @cached_property
    def by_id(self) -> Mapping[str, Profile]:
        """The profiles by id."""
        return MappingProxyType({profile.id: profile for profile in self.profiles})

    def find(self, name: str) -> Profile:
        """Return the profile that an id, an alias or a full device name means; see `find`."""
        return match(name, self.by_id)

    def __len__(self) -> int:
        return len(self.profiles)

    def to_dict(self) -> dict[str, Any]:
        """Return the catalogue as plain data: `profiles`, a list of all."""
        return {"profiles": [profile.to_dict() for profile in self.profiles]}


def load_catalogue(search_path: Sequence[Path] = ()) -> Catalogue:
    """Return every profile of the search path and of the shipped catalogue.

    Parameters
    ----------
    search_path : sequence of Path, optional
        Profile files, or folders of them (at most one folder deep); earlier ones win over later ones, and
        all of them over the shipped catalogue.

    Raises
    ------
    HardwareError
        For a path that does not exist or a file that is not a profile, with file, line and key.
    """
    files = {path.stem: path for path in chip_files()}
    known = frozenset(files)
    for place in reversed(search_path):
        files |= {path.stem: path for path in _files(place)}
    inside = shipped()
    read = [_load(path, inside, known) for path in files.values()]
    return Catalogue(profiles=tuple(sorted(read, key=lambda profile: (profile.vendor.lower(), profile.id))))


def find(name: str, search_path: Sequence[Path] = ()) -> Profile:
    """Return the one profile that a name means.

    An exact id reads a single file; anything else reads the catalogue and compares whole names.

    Parameters
    ----------
    name : str
        An id (`h100-sxm`), a full device name (`NVIDIA H100 80GB HBM3`) or a cloud's instance type (`p5.48xlarge`,
        which means the chip inside), in any case.
    search_path : sequence of Path, optional
        See `load_catalogue`.

    Raises
    ------
    HardwareError
        If the name means several chips, or none: never a default.
    """
    path = file_of(name, search_path)
    if path is not None:
        return _load(path, shipped(), frozenset({path.stem} if file_of(name) else ()))
    catalogue = load_catalogue(search_path)
    try:
        return catalogue.find(name)
    except HardwareError as error:
        # Names of clouds hold those of chips (`BM.GPU.H100.8`), so that they seem ambiguous until they are known whole.
        instance = find_instance(name, shipped()) if error.code in ("E501", "E502") else None
        if instance is None:
            raise
        return catalogue.find(instance.chip)


def file_of(name: str, search_path: Sequence[Path] = ()) -> Path | None:
    """Return the file of the chip with an id, the user's before the shipped one; None where there is none."""
    wanted = normalised(name)
    if len(wanted) > LONGEST_ID or not re.fullmatch(_ID, wanted):
        return None
    own = [path for place in search_path for path in _files(place) if path.stem == wanted]
    shipped_ = [path for path in shipped().glob(f"*/{wanted}.toml") if path.parent.name != FOLDER]
    return next(iter(own or shipped_), None)


def instance_of(name: str) -> Instance | None:
    """Return the cloud's instance type that a name of hardware means, None where it names a chip."""
    if file_of(name) is not None:
        return None
    try:
        return find_instance(name, shipped())
    except HardwareError:
        return None


def _files(place: Path) -> list[Path]:
    if place.is_file():
        return [place]
    if not place.is_dir():
        message = f"there is no file or folder of profiles at `{place}`"
        raise HardwareError(message, code="E506", place=Place(file=str(place)))
    return sorted([*place.glob("*.toml"), *(path for path in place.glob("*/*.toml") if path.parent.name != FOLDER)])


def _load(path: Path, inside: Path, known: frozenset[str]) -> Profile:
    if path.is_relative_to(inside):
        return read_shipped(path)
    return read_profile(path, replaces=path.stem in known)

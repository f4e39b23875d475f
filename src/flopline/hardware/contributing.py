"""What a contributed file has to satisfy: its form, its rules, and names that are nobody else's."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

from flopline.documents import read
from flopline.errors import Diagnostic, FloplineError, Place
from flopline.hardware.catalogue import load_catalogue, shipped
from flopline.hardware.check import check
from flopline.hardware.clouds import load_clouds
from flopline.hardware.names import normalised
from flopline.hardware.reading import cloud_of, read_profile

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from flopline.documents import Document
    from flopline.hardware.clouds import Cloud
    from flopline.hardware.profile import Profile


def problems_of_file(path: Path) -> tuple[Diagnostic, ...]:
    """Return all that is wrong with a file of the catalogue, a chip's or a cloud's; empty for a good one.

    Each has the file as its place, and the line where that is known.
    """
    try:
        document = read(path)
        found = _of_cloud(document, path) if _is_cloud(document) else _of_chip(path)
    except FloplineError as error:
        found = error.diagnostics
    return tuple(replace(one, place=one.place or Place(file=str(path))) for one in found)


def _is_cloud(document: Document) -> bool:
    return bool({"family", "slice", "part"} & set(document.tree)) and "peaks" not in document.tree


def _of_chip(path: Path) -> tuple[Diagnostic, ...]:
    profile = read_profile(path)
    return (*check(profile), *_clashes(profile))


def _clashes(profile: Profile) -> Iterator[Diagnostic]:
    """Yield names that mean another chip or an instance type already."""
    names = {normalised(name): name for name in (profile.id, *profile.aliases)}
    for other in load_catalogue().profiles:
        if other.id == profile.id:
            continue
        for taken in names.keys() & {normalised(name) for name in (other.id, *other.aliases)}:
            message = f"`{names[taken]}` is a name of `{other.id}` already"
            yield Diagnostic("E518", message, hint="a name means one chip; what several share are `families`")
    for cloud in load_clouds(shipped()):
        for instance in cloud.instances():
            if normalised(instance.name) in names:
                message = f"`{instance.name}` is an instance type of {instance.cloud} already"
                yield Diagnostic("E518", message, hint="leave it out of the aliases")


def _of_cloud(document: Document, path: Path) -> tuple[Diagnostic, ...]:
    cloud = cloud_of(document, path)
    return (*_chips(cloud), *_sources(cloud), *_names(cloud))


def _chips(cloud: Cloud) -> Iterator[Diagnostic]:
    known = {profile.id for profile in load_catalogue().profiles}
    for chip in dict.fromkeys(one.chip for one in cloud.tables()):
        if chip not in known:
            message = f"`{chip}` is not a chip of the catalogue"
            yield Diagnostic("E518", message, hint="`flopline hardware list` shows all")


def _sources(cloud: Cloud) -> Iterator[Diagnostic]:
    cited = {key for one in cloud.tables() for key in one.source}
    for key in sorted(cited - cloud.sources.keys()):
        yield Diagnostic("E507", f"the source `{key}` is cited but not described under [sources.{key}]")
    for key in sorted(cloud.sources.keys() - cited):
        yield Diagnostic("E507", f"the source `{key}` is described but no table cites it")


def _names(cloud: Cloud) -> Iterator[Diagnostic]:
    names = [normalised(name) for one in cloud.family for name in one.instances]
    names += [normalised(name) for one in cloud.part for name in one.instances]
    for name in sorted({name for name in names if names.count(name) > 1}):
        yield Diagnostic("E518", f"the instance type `{name}` is listed twice")
    chips = {normalised(alias): one.id for one in load_catalogue().profiles for alias in (one.id, *one.aliases)}
    for name in sorted(set(names) & chips.keys()):
        yield Diagnostic("E518", f"the instance type `{name}` is a name of `{chips[name]}` already")

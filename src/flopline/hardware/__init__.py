"""The accelerators flopline knows: dense peaks per format, and where every figure comes from."""

from __future__ import annotations

from flopline.hardware.catalogue import Catalogue, chip_files, find, instance_of, load_catalogue, shipped
from flopline.hardware.clouds import Cloud, Instance, find_instance, load_clouds
from flopline.hardware.formats import FORMATS, default_format, mixed_peak
from flopline.hardware.own import own_profile
from flopline.hardware.profile import Headline, Peak, Physics, Profile
from flopline.hardware.reading import read_profile
from flopline.hardware.surroundings import Link, Measured, Memory, Network, Power, Price

__all__ = [
    "FORMATS",
    "Catalogue",
    "Cloud",
    "Headline",
    "Instance",
    "Link",
    "Measured",
    "Memory",
    "Network",
    "Peak",
    "Physics",
    "Power",
    "Price",
    "Profile",
    "chip_files",
    "default_format",
    "find",
    "find_instance",
    "instance_of",
    "load_catalogue",
    "load_clouds",
    "mixed_peak",
    "own_profile",
    "read_profile",
    "shipped",
]

"""The accelerators flopline knows: dense peaks per format, and where every figure comes from."""

from __future__ import annotations

from flopline.hardware.catalogue import Catalogue, find, load_catalogue
from flopline.hardware.formats import FORMATS, default_format, mixed_peak
from flopline.hardware.profile import Headline, Peak, Physics, Profile
from flopline.hardware.reading import read_profile
from flopline.hardware.surroundings import Link, Measured, Memory, Network, Power, Price

__all__ = [
    "FORMATS",
    "Catalogue",
    "Headline",
    "Link",
    "Measured",
    "Memory",
    "Network",
    "Peak",
    "Physics",
    "Power",
    "Price",
    "Profile",
    "default_format",
    "find",
    "load_catalogue",
    "mixed_peak",
    "read_profile",
]

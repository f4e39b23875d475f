"""Models that others start from: whose they are, what their training took, and how that is known."""

from flopline.bases.catalogue import ancestors, bases, find_base
from flopline.bases.profile import BaseProfile

__all__ = ["BaseProfile", "ancestors", "bases", "find_base"]

"""Choices that the law leaves open and a plan may make: every one has a default, and an answer shows it."""

from typing import Literal

from flopline.plan.table import Table


class Options(Table):
    """The plan's `[options]` table.

    Attributes
    ----------
    original : {"parent", "root"}
        Which model a modification is compared with where several developers have modified one after the other: the
        nearest of another developer, or the first of the line. Both are shown where they differ.
    """

    original: Literal["parent", "root"] = "parent"

"""What every page must satisfy, whatever it is about."""

from __future__ import annotations

import re

PAGE = 110
BOXES = set("│┃┌┐└┘├┤┬┴┼═║╔╗╚╝")


def faults(page):
    """Return what a page does that the house does not: long lines, wrong words, boxes, control characters."""
    found = []
    for line in page.split("\n"):
        longest = max((len(word) for word in line.split()), default=0)
        if len(line) > PAGE and longest < 70:  # an address cannot be broken
            found.append(f"too long: {line}")
        if line != line.rstrip():
            found.append(f"spaces at the end: {line}")
    if re.search(r"FLOPs|FLOPS", split_sources(page)[0]):  # a title below stays as it was published
        found.append("FLOP is an amount")
    if BOXES & set(page):
        found.append("a box")
    if not all(char.isprintable() or char == "\n" for char in page):
        found.append("a control character")
    if "\n\n\n" in page or not page.endswith("\n") or page.endswith("\n\n"):
        found.append("blank lines")
    return found


def split_sources(page):
    """Return the text above the block of sources, and the block."""
    above, _, below = page.partition("\n  sources\n")
    return above, below


def cited(text):
    return {int(number) for number in re.findall(r"\[(\d+)\]", text)}


def dangling(page):
    """Return marks without a source, and sources that nothing on the page cites."""
    above, below = split_sources(page)
    described = {int(number) for number in re.findall(r"^    \[(\d+)\]", below, re.MULTILINE)}
    return cited(above) ^ described

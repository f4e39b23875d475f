"""Reference counts and the configurations that they were taken of."""

from __future__ import annotations

import csv
import json
from pathlib import Path

from flopline.architecture.operations import Scores

DATA = Path(__file__).parents[1] / "data" / "architecture"


def table(name):
    with (DATA / name).open() as file:
        return list(csv.DictReader(file))


def configurations():
    lines = (DATA / "configs.jsonl").read_text().splitlines()
    return {one["file"]: one["config"] for one in map(json.loads, lines)}


def drawn():
    """Return configurations drawn at random, few keys given, with what torch 2.13 counted for each."""
    files = sorted((DATA / "differential").glob("*.jsonl"))
    return [json.loads(line) for path in files for line in path.read_text().splitlines()]


def lengths_of(text):
    """Return further lengths from `decoder_len=114;text_len=77`."""
    return {name: int(number) for name, _, number in (pair.partition("=") for pair in text.split(";")) if name}


def visible_pairs(architecture, lengths):
    """Return the visible query-key pairs of all heads and layers."""
    return sum(
        one.heads * one.mask.both(lengths)[1]
        for layer in architecture.layers
        for one in layer.operations
        if isinstance(one, Scores)
    )

"""Reference counts and the configurations that they were taken of."""

from __future__ import annotations

import csv
import json
from pathlib import Path

DATA = Path(__file__).parents[1] / "data" / "architecture"


def table(name):
    with (DATA / name).open() as file:
        return list(csv.DictReader(file))


def configurations():
    lines = (DATA / "configs.jsonl").read_text().splitlines()
    return {one["file"]: one["config"] for one in map(json.loads, lines)}


def drawn():
    """Return configurations drawn at random, few keys given, with what torch 2.13 counted for each."""
    return [json.loads(line) for line in (DATA / "differential.jsonl").read_text().splitlines()]

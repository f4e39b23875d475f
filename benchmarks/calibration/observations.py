"""The published utilizations behind the prior, as rows of one model (README.md says which count)."""

from __future__ import annotations

import csv
from collections import defaultdict
from dataclasses import dataclass, field, replace
from functools import cache
from pathlib import Path

import numpy as np
from scipy.special import logit

HERE = Path(__file__).parent
LOW = ("fp8", "fp4", "int8")
SCOPES = {"whole-run": "whole_run", "steady": "steady_run"}


@dataclass(frozen=True)
class Row:
    """A run, or the mean of one suite's benchmark cells that share all of what the model sees."""

    id: str
    model: str
    year: int
    source: str
    kind: str
    mixture: bool
    format: str
    family: str
    y: float
    chips: float = float("nan")
    params: float = float("nan")
    length: float = float("nan")
    cells: tuple[float, ...] = field(default=(), repr=False)
    cite: str = ""
    chip: str = ""

    @property
    def in_field(self) -> bool:
        return self.kind != "benchmark"

    @property
    def utilization(self) -> float:
        return float(1 / (1 + np.exp(-self.y)))


def read(name: str) -> list[dict[str, str]]:
    with (HERE / name).open(newline="", encoding="utf-8") as file:
        return list(csv.DictReader(file))


@cache
def families() -> dict[str, str]:
    """Family of each chip that rows name, or that is the same silicon at the same power."""
    return {chip: row["family"] for row in read("families.csv") for chip in row["chips"].split()}


@cache
def unsure() -> dict[str, str]:
    """Families whose runs do not make their level more certain, and why."""
    return {row["family"]: row["unsure"] for row in read("families.csv") if row["unsure"]}


def runs() -> list[Row]:
    """Rows of real runs that the rules admit (README.md, rules 1 to 5)."""
    return [
        Row(
            id=row["id"],
            model=row["model"],
            year=int(row["year"]),
            source=row["cluster"],
            kind=row["kind"],
            mixture=row["arch"] == "moe",
            format="16",
            family=families()[row["chip"]],
            y=float(logit(float(row["mfu_native"]))),
            chips=_number(row["chips"]),
            params=_number(row["params_b"]),
            length=_number(row["seq_len"]),
            cite=row["source"],
            chip=row["chip"],
        )
        for row in read("whole_runs.csv")
        if row["use_in_fit"] == "1" and row["arch"] in ("dense", "moe")
    ]


def cells() -> list[Row]:
    """Benchmarks by suite, model, family and format: the median of whatever lengths, batches and sizes a suite ran."""
    groups = defaultdict(list)
    for row in read("benchmarks.csv"):
        width = row["format"] if row["format"] in LOW else "16"
        model = row["model"].split(" (")[0]
        groups[row["cluster"], row["arch"] == "moe", families()[row["chip"]], width, model].append(row)
    return [
        Row(
            id="",
            model=model,
            year=int(np.median([int(row["year"]) for row in rows])),
            source=source,
            kind="benchmark",
            mixture=mixture,
            format=width,
            family=family,
            y=float(np.median(logit([float(row["mfu_native"]) for row in rows]))),
            chips=_median([_number(row["chips"]) for row in rows]),
            params=_median([_number(row["params_b"]) for row in rows]),
            length=_median([_number(row["seq_len"]) for row in rows]),
        )
        for (source, mixture, family, width, model), rows in groups.items()
    ]


def suites() -> list[Row]:
    """The cells over models: the mean, with the cells that it is of."""
    groups = defaultdict(list)
    for row in cells():
        groups[row.source, row.mixture, row.family, row.format].append(row)
    return [
        replace(
            rows[0],
            model=f"{len(rows)} models",
            y=float(np.mean([row.y for row in rows])),
            chips=_median([row.chips for row in rows]),
            params=_median([row.params for row in rows]),
            length=_median([row.length for row in rows]),
            cells=tuple(row.y for row in rows),
        )
        for rows in groups.values()
    ]


def _number(text: str) -> float:
    return float(text) if text else float("nan")


def _median(values: list[float]) -> float:
    known = [value for value in values if not np.isnan(value)]
    return float(np.median(known)) if known else float("nan")

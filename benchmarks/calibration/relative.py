"""Fit a compact model of the training step to dense benchmarks and score it on sources left out.

    python benchmarks/calibration/relative.py

Rules, sources and results: relative.md beside this file. Everything inside is FLOP, bytes, seconds; bandwidths
are one way (a catalogue's two directions added are halved).
"""

from __future__ import annotations

import csv
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from scipy.optimize import least_squares

from flopline.hardware import find
from flopline.utilization import prior

HERE = Path(__file__).parent
FAMILIES = {"a100": 0, "h100": 1, "b200": 2, "gb20": 2, "gb30": 2}
NAMES = ("gemm A100", "gemm Hopper", "gemm Blackwell", "fp8", "memory", "tensor", "data", "jitter")
#: Start, least and most of each constant: efficiencies, bytes per hidden unit and token and layer, exposed shares,
#: slowdown per decade of chips.
START = np.array([0.55, 0.55, 0.55, 0.9, 100.0, 0.5, 0.25, 0.003])
LEAST = np.array([0.3, 0.3, 0.3, 0.5, 20.0, 0.0, 0.0, 0.0])
MOST = np.array([0.95, 0.95, 0.95, 1.0, 400.0, 1.0, 1.0, 0.05])
ATTENTION = 0.7  # efficiency of attention scores beside that of the other matmuls
TILE = 128
HALF = 2.0  # bytes of a 16-bit number
NUMBERS = (
    *("chips", "layers", "hidden", "kv_hidden", "matmul_params", "seq_len", "batch", "tensor", "pipeline", "context"),
    *("data", "interleave", "micro_batch", "zero", "fused", "step_seconds"),
)
FASTER = ("network", "link", "interleave", "hbm")
HEADS = ("model", "const", "prior", "bias", "MAPE", "in fit", "spread", "left", "slope", "corr")


@dataclass(frozen=True)
class Rows:
    """Columns of `relative.csv` and of the catalogue, one array each."""

    source: np.ndarray
    chip: np.ndarray
    family: np.ndarray
    column: dict[str, np.ndarray]

    def __getitem__(self, name: str) -> np.ndarray:
        return self.column[name]

    def take(self, keep: np.ndarray) -> Rows:
        return Rows(self.source[keep], self.chip[keep], self.family[keep], {k: v[keep] for k, v in self.column.items()})


def read() -> Rows:
    with (HERE / "relative.csv").open(newline="", encoding="utf-8") as file:
        rows = list(csv.DictReader(file))
    chips = [find(row["chip"]) for row in rows]
    column = {name: np.array([float(row[name]) for row in rows]) for name in NUMBERS}
    column["eight"] = np.array([row["format"] == "fp8" for row in rows], dtype=float)
    column["full"] = np.array([row["recompute"] == "full" for row in rows], dtype=float)
    column["selective"] = np.array([row["recompute"] == "selective" for row in rows], dtype=float)
    column["peak"] = np.array([float(c.peak(r["format"]).dense) for c, r in zip(chips, rows, strict=True)])
    column["peak16"] = np.array([float(c.peak("bf16").dense) for c in chips])
    column["hbm"] = np.array([c.memory.bytes_per_second for c in chips])
    column["link"] = np.array([c.link.both_ways / 2 for c in chips])
    column["domain"] = np.array([float(c.link.domain) for c in chips])
    column["network"] = np.array(
        [float(r["network"] or c.network.bytes_per_second) for c, r in zip(chips, rows, strict=True)]
    )
    family = np.array([FAMILIES[row["chip"][:4]] for row in rows])
    return Rows(np.array([r["source"] for r in rows]), np.array([r["chip"] for r in rows]), family, column)


def model_flop(rows: Rows) -> np.ndarray:
    """FLOP per step: 6 per matmul parameter and token, and causal scores forward and backward."""
    per_token = 6 * rows["matmul_params"] + 6 * rows["layers"] * rows["seq_len"] * rows["hidden"]
    return per_token * rows["batch"] * rows["seq_len"]


def measured(rows: Rows) -> np.ndarray:
    return np.log(model_flop(rows) / (rows["chips"] * rows["peak"] * rows["step_seconds"]))


def predicted(rows: Rows, constants: np.ndarray) -> np.ndarray:
    """ln utilization of a step: micro-batches through a pipeline, then the exposed gradient traffic."""
    efficiency = constants[:3][rows.family]
    eight, memory, tensor, data, jitter = constants[3:]
    t, p, c, d = rows["tensor"], rows["pipeline"], rows["context"], rows["data"]
    tokens = rows["micro_batch"] * rows["seq_len"] / c
    layers = rows["layers"] / p
    again = 1 + rows["full"] / 3
    tiles = rows["hidden"] / (TILE * t)
    waste = np.ceil(tiles) / tiles
    rate = rows["peak"] * efficiency * np.where(rows["eight"] > 0, eight, 1.0)
    gemm = 6 * rows["matmul_params"] / p * tokens / t * again * waste / rate
    square = np.where(rows["fused"] > 0, 6.0, 12.0)
    scores = square * layers * rows["seq_len"] * rows["hidden"] * tokens / t
    scores *= (1 + (rows["full"] + rows["selective"]) / 3) / (rows["peak16"] * ATTENTION * efficiency)
    # unfused attention also moves its scores: 5 a s beside 34 h bytes per token and layer, heads of 128
    moved = memory * np.where(rows["fused"] > 0, 1.0, 1 + 5 * rows["seq_len"] / (34 * 128))
    bytes_ = moved * rows["hidden"] * tokens * layers / t * again
    inside = np.where(t * c <= rows["domain"], rows["link"], rows["network"])
    reduced = (4 + 2 * rows["full"]) * 2 * (t - 1) / t * HALF * tokens * rows["hidden"] * layers
    ring = 3 * 2 * HALF * tokens * rows["kv_hidden"] / t * (c - 1) * layers
    micro = gemm + scores + bytes_ / rows["hbm"] + tensor * (reduced + ring) / inside
    shard = rows["matmul_params"] / (t * p)
    # gradients are summed over data and context ranks; those inside a node share its network ports, and inside the
    # domain the link carries all
    group, local = d * c, np.clip(rows["domain"] / t, 1, None)
    lane = np.where(group <= local, rows["link"], np.minimum(rows["link"], rows["network"] * local))
    once = data * 2 * HALF * shard * (group - 1) / group / lane
    each = data * 3 * HALF * shard * (group - 1) / group / lane
    every = np.maximum(rows["batch"] / (d * rows["micro_batch"]), 1)
    micro = micro + np.where(rows["zero"] == 3, each, 0.0)
    step = micro * (every + (p - 1) / rows["interleave"]) + np.where(rows["zero"] == 3, 0.0, once)
    step *= 1 + jitter * np.log10(rows["chips"])
    return np.log(model_flop(rows) / (rows["chips"] * rows["peak"] * step))


def weights(rows: Rows) -> np.ndarray:
    names, index, count = np.unique(rows.source, return_inverse=True, return_counts=True)
    return 1 / np.sqrt(len(names) * count[index])


def fit(rows: Rows) -> np.ndarray:
    actual, weight = measured(rows), weights(rows)
    return least_squares(
        lambda x: weight * (predicted(rows, x) - actual), START, bounds=(LEAST, MOST), x_scale=MOST - LEAST
    ).x


def constant(rest: Rows, held: Rows) -> np.ndarray:
    """Mean ln utilization by format, sources equal; over both formats where the rest has not got one."""
    found = {}
    for eight in (0.0, 1.0):
        same = rest["eight"] == eight
        of = measured(rest)
        means = [of[same & (rest.source == name)].mean() for name in np.unique(rest.source[same])]
        found[eight] = float(np.mean(means))
    return np.array([found[eight] for eight in held["eight"]])


def plain(held: Rows) -> np.ndarray:
    """Median of the shipped prior for steady dense runs, by chip and format."""

    def median(chip: str, eight: float) -> float:
        return prior(mixture_of_experts=False, format="fp8" if eight else "bf16", scope="steady", chip=chip).median

    return np.log([median(chip, eight) for chip, eight in zip(held.chip, held["eight"], strict=True)])


def rms(error: np.ndarray) -> float:
    return float(np.sqrt(np.mean(error**2)))


def centered(values: np.ndarray, source: np.ndarray) -> np.ndarray:
    """Values less the mean of their source: what is left once the level is known."""
    means = {name: values[source == name].mean() for name in np.unique(source)}
    return values - np.array([means[name] for name in source])


def slope(rows: Rows, constants: np.ndarray) -> float:
    """Share of a predicted difference inside a source that was measured (least squares, sources equal)."""
    x, y = centered(predicted(rows, constants), rows.source), centered(measured(rows), rows.source)
    weight = weights(rows) ** 2
    return float(np.sum(weight * x * y) / np.sum(weight * x * x))


def monotone(rows: Rows, constants: np.ndarray) -> bool:
    """Whether no row gets slower by a faster network, a faster link, or more interleaving."""
    before = predicted(rows, constants)
    changed = [Rows(rows.source, rows.chip, rows.family, {**rows.column, k: 2 * rows[k]}) for k in FASTER]
    return all(bool(np.all(predicted(better, constants) >= before - 1e-12)) for better in changed)


def main() -> None:
    rows = read()
    whole = fit(rows)
    print("constants", {name: round(float(value), 4) for name, value in zip(NAMES, whole, strict=True)})
    inside = rms(predicted(rows, whole) - measured(rows))
    print(f"rows {len(rows.source)}, root mean square error inside the fit {inside:.3f}")
    print("never slower by", ", ".join(FASTER), "twice as large:", monotone(rows, whole))
    print(f"{'source':20} {'n':>4} " + " ".join(f"{head:>6}" for head in HEADS))
    table = []
    for name in np.unique(rows.source):
        held, rest = rows.take(rows.source == name), rows.take(rows.source != name)
        actual, found = measured(held), fit(rest)
        guess = predicted(held, found)
        error, share = guess - actual, slope(rest, found)
        inner, level = centered(guess, held.source), centered(actual, held.source)
        line = (
            rms(error),
            rms(constant(rest, held) - actual),
            rms(plain(held) - actual),
            float(error.mean()),
            float(np.mean(np.abs(np.expm1(error)))),
            rms(predicted(held, whole) - actual),
            rms(level),
            rms(level - share * inner),
            share,
            float(np.corrcoef(inner, level)[0, 1]),
        )
        table.append(line)
        print(f"{name:20} {len(actual):4} " + " ".join(f"{value:6.3f}" for value in line))
    print(f"{'mean over sources':25} " + " ".join(f"{value:6.3f}" for value in np.mean(table, axis=0)))


if __name__ == "__main__":
    main()

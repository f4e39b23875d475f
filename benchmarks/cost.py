"""What a question costs by the number of stages, uncertain inputs and lines, drawn to cost.svg.

Warm `fl.exceedance` at the default tolerance, CPU time, the least of several rounds. `pip install '.[plots]'` first.
"""

from __future__ import annotations

import sys
import time
from pathlib import Path

import numpy as np

import flopline as fl
from flopline.documents import parse
from flopline.plan import LoadedPlan, Surroundings, load_document

HERE = Path(__file__).parent
STAGES = (1, 2, 3, 4, 6, 8, 12, 16, 24)
INPUTS = (2, 4, 8, 12, 16, 24, 32, 40)
LINES = (1, 2, 4, 8, 16, 32, 64, 128)
OPEN = ("tokens", "epochs", "overhead", "padding", "params")
"""Keys of a stage that become intervals one after the other."""
INTERVALS = {"tokens": "1T..3T", "epochs": "1..1.3", "overhead": "1.01..1.1", "padding": "1%..4%", "params": "60B..80B"}
NUMBERS = {"tokens": "2T", "epochs": "1.1", "overhead": "1.05", "padding": "2%", "params": "70B"}
ROUNDS = 7
AT_LEAST = 0.02
"""Seconds of one round."""


def plan_of(stages: int, inputs: int) -> LoadedPlan:
    """Return a plan of so many stages with so many uncertain inputs, the first keys of all stages first."""
    text = 'day = 2026-11-22\nnone = ["post-training", "synthetic-data", "later-updates"]\n'
    for index in range(stages):
        text += f'[[stage]]\nname = "s{index}"\nkind = "pretraining"\n'
        for place, key in enumerate(OPEN):
            uncertain = place * stages + index < inputs
            text += f'{key} = "{(INTERVALS if uncertain else NUMBERS)[key]}"\n'
    return load_document(parse(text, "cost.toml", "toml"), Surroundings())


def amounts_of(plan: LoadedPlan, count: int) -> list[float]:
    """Return amounts between the 1st and the 99th percentile of a plan's total."""
    total = fl.estimate(plan, tolerance=1e-3)
    low, high = total.interval(0.98)
    return np.geomspace(low, high, count + 2)[1:-1].tolist()


def cost(plan: LoadedPlan, amounts: list[float]) -> float:
    """Return CPU seconds of one question."""
    for _ in range(3):
        fl.exceedance(plan, amounts)
    count, best = 1, np.inf
    while True:
        start = time.process_time()
        for _ in range(count):
            fl.exceedance(plan, amounts)
        spent = time.process_time() - start
        if spent >= AT_LEAST:
            break
        count *= 2
    for _ in range(ROUNDS):
        start = time.process_time()
        for _ in range(count):
            fl.exceedance(plan, amounts)
        best = min(best, (time.process_time() - start) / count)
    return float(best)


def measured() -> dict[str, tuple[tuple[int, ...], list[float]]]:
    """Return seconds by the number of stages (two inputs each), of inputs (8 stages) and of lines (3 stages)."""
    three = plan_of(3, 6)
    by_stages = [cost(plan, amounts_of(plan, 2)) for plan in (plan_of(count, 2 * count) for count in STAGES)]
    by_inputs = [cost(plan, amounts_of(plan, 2)) for plan in (plan_of(8, count) for count in INPUTS)]
    by_lines = [cost(three, amounts_of(three, count)) for count in LINES]
    return {
        "stages, each with two uncertain inputs; 2 lines": (STAGES, by_stages),
        "uncertain inputs of 8 stages; 2 lines": (INPUTS, by_inputs),
        "lines; 3 stages with 6 uncertain inputs": (LINES, by_lines),
    }


def drawn(found: dict[str, tuple[tuple[int, ...], list[float]]], path: Path) -> None:
    """Draw three panels side by side."""
    import matplotlib as mpl

    mpl.use("svg")
    mpl.rcParams |= {"svg.fonttype": "none", "svg.hashsalt": "cost", "font.size": 9}
    from matplotlib import pyplot as plt
    from matplotlib.ticker import FuncFormatter, NullFormatter

    figure, panels = plt.subplots(1, 3, figsize=(9.6, 3.0), sharey=True, layout="constrained")
    for panel, (name, (counts, seconds)) in zip(panels, found.items(), strict=True):
        panel.loglog(counts, [1e3 * one for one in seconds], marker="o", color="#1f4e79", linewidth=1.2, markersize=4)
        panel.set_xlabel(name)
        panel.set_xticks(counts, [str(count) for count in counts])
        panel.xaxis.set_minor_formatter(NullFormatter())
        panel.yaxis.set_major_formatter(FuncFormatter(lambda value, _: f"{value:g}"))
        panel.grid(visible=True, which="major", color="#dddddd", linewidth=0.6)
    panels[0].set_ylabel("ms of CPU for one question")
    figure.savefig(path, metadata={"Date": None})


def main() -> int:
    """Measure, print and draw."""
    found = measured()
    for name, (counts, seconds) in found.items():
        print(f"{name}: {', '.join(f'{n}: {1e3 * s:.3g} ms' for n, s in zip(counts, seconds, strict=True))}")
    drawn(found, HERE / "cost.svg")
    return 0


if __name__ == "__main__":
    sys.exit(main())

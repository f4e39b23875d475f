"""The engine's answers held against the references: how often the error bars hold, and what they miss."""

from __future__ import annotations

import csv
from collections import Counter
from collections.abc import Iterable
from pathlib import Path
from typing import NamedTuple

import numpy as np

from accuracy.plans import plan
from flopline.engine.exceedance import exceedance

TOLERANCE = 1e-4
SMALL = 1e-3
SURE = 3.0
"""Times below the engine's own error that a reference's must be to judge alone."""
FAR, WRONG = 1.96, 5.0
COVERAGE = (0.92, 0.98)
FEW = 2
"""Plans that may lie beyond WRONG."""
NEGLIGIBLE = 1e-12
"""Tails whose own size is not asked for."""


class Judged(NamedTuple):
    """One line of one plan."""

    plan: int
    line: int
    tail: float
    reference_error: float
    reference: str
    answer: float
    error: float
    distance: float
    method: str
    converged: bool


def judged(number: int, rows: list[dict[str, str]], execution: str, tolerance: float = TOLERANCE) -> list[Judged]:
    """Return each line of a plan beside its reference."""
    one = plan(number)
    levels = np.exp(np.array([float(row["log_line"]) for row in rows]))
    masks = np.ones((len(rows), len(one.log_scale)), dtype=bool)
    found = exceedance(one.problem, masks, levels, tolerance=tolerance, execution=execution)
    result = []
    for index, row in enumerate(rows):
        answer = (found.probability if int(row["over"]) else found.complement)[index]
        tail, unsure, error = float(row["tail"]), float(row["error"]), float(found.error[index])
        # Three digits are below what a far tail is asked for, and a reference of zero knows its own error alone.
        whole = np.hypot(max(error, 1e-9 * tail, 1e-3 * NEGLIGIBLE), unsure)
        result.append(
            Judged(
                number, int(row["line"]), tail, unsure, row["method"], float(answer), error,
                float((answer - tail) / whole), found.method[index], bool(found.converged[index]),
            )
        )  # fmt: skip
    return result


def by_plan(references: Path) -> dict[int, list[dict[str, str]]]:
    """Return the rows of each plan."""
    found: dict[int, list[dict[str, str]]] = {}
    for row in csv.DictReader(references.read_text().splitlines()):
        found.setdefault(int(row["plan"]), []).append(row)
    return found


def judge(references: Path, folder: Path, execution: str) -> int:
    """Write the table and return 1 where a goal is missed."""
    every = [one for number, rows in sorted(by_plan(references).items()) for one in judged(number, rows, execution)]
    with (folder / "judged.csv").open("w", newline="") as file:
        table = csv.writer(file, lineterminator="\n")
        table.writerow(Judged._fields)
        for one in every:
            table.writerow([f"{x:.6g}" if isinstance(x, float) else x for x in one])
    text, missed = summary(every)
    (folder / "table.md").write_text(text)
    print(text)
    return int(missed)


def summary(every: list[Judged]) -> tuple[str, bool]:
    """Return the summary as Markdown, and whether a goal is missed."""
    sampled = [one for one in every if one.method in ("lines", "followed", "draws") and one.error > 1e-3 * NEGLIGIBLE]
    alone = [one for one in sampled if one.reference_error <= one.error / SURE]
    coverage = [float(np.mean([abs(one.distance) <= FAR for one in some])) for some in (sampled, alone)]
    wrong = sorted({one.plan for one in every if abs(one.distance) > WRONG})
    late = [one for one in every if not one.converged]
    fallen = [sorted({one.plan for one in every if one.method == name}) for name in ("followed", "draws")]
    tails = [
        abs(one.answer / one.tail - 1.0) for one in every
        if one.converged and NEGLIGIBLE < one.tail < SMALL and one.reference_error < 1e-3 * one.tail
    ]  # fmt: skip
    missed = len(wrong) > FEW or not all(COVERAGE[0] <= x <= COVERAGE[1] for x in coverage)
    late_ones = ", ".join(f"{one.plan}.{one.line}" for one in late) or "none"
    rows = [
        ("plans, lines", f"{len({one.plan for one in every})}, {len(every)}"),
        ("references", _counted(one.reference for one in every)),
        ("answered by", _counted(one.method for one in every)),
        ("95 % intervals that hold, combined errors", f"{coverage[0]:.1%} of {len(sampled)}"),
        ("the same where the reference is three times sharper", f"{coverage[1]:.1%} of {len(alone)}"),
        (f"plans beyond {WRONG:g} errors", f"{len(wrong)}: {', '.join(map(str, wrong)) or 'none'}"),
        ("lines whose error stayed above the tolerance, and says so", f"{len(late)}: {late_ones}"),
        ("plans that turn along every line", f"{len(fallen[0])}: {', '.join(map(str, fallen[0])) or 'none'}"),
        ("plans that fell back to draws", f"{len(fallen[1])}: {', '.join(map(str, fallen[1])) or 'none'}"),
        (
            "largest relative error of a converged tail from 1e-12 to 1e-3 that is known to 0.1 %",
            f"{max(tails):.2%} of {len(tails)}",
        ),
    ]
    head = "# The engine against its references\n\nWritten by `python benchmarks/accuracy judge`.\n\n| | |\n|---|---|\n"
    return head + "".join(f"| {name} | {value} |\n" for name, value in rows), missed


def _counted(names: Iterable[str]) -> str:
    return ", ".join(f"{name} {count}" for name, count in Counter(names).most_common())

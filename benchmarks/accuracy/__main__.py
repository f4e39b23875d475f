"""Compute references, or hold the engine against them: `python benchmarks/accuracy [references | judge]`."""

from __future__ import annotations

import argparse
import csv
import sys
from pathlib import Path

import numpy as np

sys.path.insert(0, str(Path(__file__).parents[1]))

from accuracy.judge import judge
from accuracy.plans import COUNT, plan
from accuracy.references import lines, references

HERE = Path(__file__).parent
REFERENCES = HERE / "references.csv"
DRAWN = range(3, COUNT, 25)
"""Plans whose references are plain draws."""
MOST_DRAWN = 6
"""Factors of the next small plan instead, so that 10^8 draws end in a minute."""


def small(number: int) -> int:
    """Return the next plan with few factors."""
    while len(plan(number).factors) > MOST_DRAWN:
        number += 1
    return number


def main() -> int:
    """Return 1 where the engine misses a goal."""
    parser = argparse.ArgumentParser(prog="python benchmarks/accuracy", description=__doc__)
    parser.add_argument("what", choices=["references", "judge"], nargs="?", default="judge")
    parser.add_argument("--execution", choices=["plain", "compiled"], default="compiled")
    asked = parser.parse_args()
    if asked.what == "judge":
        return judge(REFERENCES, HERE, asked.execution)
    drawn = {small(number) for number in DRAWN}
    done = set()
    if REFERENCES.exists():
        done = {int(row["plan"]) for row in csv.DictReader(REFERENCES.read_text().splitlines())}
    with REFERENCES.open("a", newline="") as file:
        table = csv.writer(file, lineterminator="\n")
        if not done:
            table.writerow(["plan", "line", "log_line", "tail", "over", "error", "method"])
        for number in sorted(set(range(COUNT)) - done, key=lambda n: (n in drawn, n)):
            one = plan(number)
            for line, (level, found) in enumerate(zip(lines(one), references(one, draws=number in drawn), strict=True)):
                values = [f"{np.format_float_scientific(x, precision=9)}" for x in (level, found.tail, found.error)]
                table.writerow([number, line, values[0], values[1], int(found.over), values[2], found.method])
            file.flush()
    return 0


if __name__ == "__main__":
    raise SystemExit(main())

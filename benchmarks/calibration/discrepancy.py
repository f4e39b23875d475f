"""Fit what may lie between two counts of one run: by its tokens, and by its machine at the measured utilization.

    python benchmarks/calibration/discrepancy.py            # prints it
    python benchmarks/calibration/discrepancy.py --write    # and writes src/flopline/utilization/data/discrepancy.toml

Rules and caveats: README.md beside this file.
"""

from __future__ import annotations

import argparse
import csv
import hashlib
from datetime import UTC, datetime
from pathlib import Path

import numpy as np
from scipy.stats import norm, t

HERE = Path(__file__).parent
TABLE = HERE.parents[1] / "src" / "flopline" / "utilization" / "data" / "discrepancy.toml"


def read() -> list[dict[str, str]]:
    with (HERE / "discrepancy.csv").open(newline="", encoding="utf-8") as file:
        return list(csv.DictReader(file))


def log_ratio(row: dict[str, str]) -> float:
    """ln(FLOP by tokens / FLOP by machine), both in the convention of the utilization that was reported."""
    value = {key: float(row[key]) for key in ("tokens", "active_params", "attention_share", "recompute_factor")}
    tokens = 6 * value["active_params"] * value["tokens"] * (1 + value["attention_share"]) * value["recompute_factor"]
    seconds = float(row["chip_hours"]) * 3600 * float(row["availability"])
    return float(np.log(tokens / (seconds * float(row["peak_tflops"]) * 1e12 * float(row["utilization"]))))


def fit(rows: list[dict[str, str]]) -> float:
    """Standard deviation around zero for a new run, widened for so few: Student's t at 90 % over the normal's."""
    ratios = np.array([log_ratio(row) for row in rows])
    n = len(ratios)
    return float(np.sqrt(np.mean(ratios**2)) * t.ppf(0.95, n) / norm.ppf(0.95))


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--write", action="store_true", help="write the shipped table")
    arguments = parser.parse_args()
    rows = read()
    for row in rows:
        print(f"{row['model']:20} {log_ratio(row):+.3f} {'' if row['use'] == '1' else 'out: ' + row['why']}")
    used = [row for row in rows if row["use"] == "1"]
    sigma = fit(used)
    print(f"sigma {sigma:.4f} from {len(used)} runs")
    if arguments.write:
        digest = hashlib.sha256((HERE / "discrepancy.csv").read_bytes()).hexdigest()
        lines = [
            "# Written by benchmarks/calibration/discrepancy.py --write; edit the data there, not this file.",
            "",
            f"sigma = {sigma:.6g}",
            f"runs = {len(used)}",
            "",
            "[provenance]",
            'cite = "flopline\'s comparison of runs that were published with both counts"',
            'script = "benchmarks/calibration/discrepancy.py"',
            f'date = "{datetime.now(UTC).date().isoformat()}"',
            f'sha256_discrepancy = "{digest}"',
            "",
        ]
        TABLE.write_text("\n".join(lines), encoding="utf-8")


if __name__ == "__main__":
    main()

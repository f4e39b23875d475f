"""Fit the defaults of availability and rework, and what is left of a benchmark or of a steady step in a whole run.

    python benchmarks/calibration/goodput.py            # prints them
    python benchmarks/calibration/goodput.py --write    # and writes src/flopline/utilization/data/goodput.toml

Rules and caveats: README.md beside this file.
"""

from __future__ import annotations

import argparse
import csv
import hashlib
import json
from collections import Counter
from datetime import UTC, datetime
from pathlib import Path

import numpy as np
from reported import markdown
from scipy.optimize import minimize
from scipy.special import logit
from scipy.stats import norm, t

HERE = Path(__file__).parent
TABLE = HERE.parents[1] / "src" / "flopline" / "utilization" / "data" / "goodput.toml"
SHARES = ("availability", "rework", "steady -> whole-run")
RATIOS = ("benchmark -> steady", "benchmark -> whole-run")


def rows_of(quantity: str) -> list[dict[str, str]]:
    """Rows of one quantity that count; goodput is availability with the lost steps still in it."""
    names = ("availability", "goodput") if quantity == "availability" else (quantity,)
    with (HERE / "goodput.csv").open(newline="", encoding="utf-8") as file:
        return [row for row in csv.DictReader(file) if row["quantity"] in names and row["use"] == "1"]


def distribution(rows: list[dict[str, str]], scale, lost: float = 0.0) -> tuple[float, float]:
    """Center and predictive sigma on a scale: normal, rows of one source weigh one together, bounds are censored.

    The error of both is that of a sample as large as the number of sources, by Student's t at 90 %.
    """
    count = Counter(row["source"] for row in rows)
    weight = np.array([1 / count[row["source"]] for row in rows])
    values = np.array([float(row["value"]) / (1 - lost if row["quantity"] == "goodput" else 1) for row in rows])
    y, open_end = scale(values), np.array([row["bound"] == "at least" for row in rows])

    def loss(p: np.ndarray) -> float:
        z = (y - p[0]) / np.exp(p[1])
        return -float(weight @ np.where(open_end, norm.logsf(z), norm.logpdf(z) - p[1]))

    start = np.array([y.mean(), np.log(y.std())])
    center, log_sd = minimize(loss, start, method="Nelder-Mead", options={"xatol": 1e-8, "fatol": 1e-10}).x
    n = len(count)
    sd = np.exp(log_sd) * np.sqrt(n / (n - 1) * (1 + 1 / n))
    return float(center), float(sd * t.ppf(0.95, n - 1) / norm.ppf(0.95))


def calibrate() -> dict[str, dict[str, object]]:
    """Everything that is shipped."""
    lost = inverse(*distribution(rows_of("rework"), logit)[:1])
    found: dict[str, dict[str, object]] = {}
    for quantity in (*SHARES, *RATIOS):
        rows = rows_of(quantity)
        share = quantity in SHARES
        center, sigma = distribution(rows, logit if share else np.log, lost)
        found[quantity] = {
            "shape": "logit-normal" if share else "lognormal",
            "median": inverse(center) if share else float(np.exp(center)),
            "sigma": sigma,
            "rows": len(rows),
            "sources": len({row["source"] for row in rows}),
            "systems": [row["system"] for row in rows],
        }
    return found


def inverse(odds: float) -> float:
    return float(1 / (1 + np.exp(-odds)))


def write(found: dict[str, dict[str, object]]) -> None:
    lines = ["# Written by benchmarks/calibration/goodput.py --write; edit the data there, not this file.", ""]
    lines += ["[provenance]", 'cite = "flopline\'s fit to published goodput"']
    lines += ['script = "benchmarks/calibration/goodput.py"', f'date = "{datetime.now(UTC).date().isoformat()}"']
    lines += [f'sha256_goodput = "{hashlib.sha256((HERE / "goodput.csv").read_bytes()).hexdigest()}"', ""]
    for quantity, values in found.items():
        lines += [f"[fit.{json.dumps(quantity)}]"]
        lines += [f"{key} = {toml(value)}" for key, value in values.items()]
        lines += [""]
    TABLE.write_text("\n".join(lines), encoding="utf-8")


def toml(value: object) -> str:
    return f"{value:.6g}" if isinstance(value, float) else json.dumps(value, ensure_ascii=False)


def table(found: dict[str, dict[str, object]]) -> str:
    """Medians and 90 % intervals."""
    rows = [["for a new run", "median", "90 %", "sigma", "rows, sources"]]
    for quantity, values in found.items():
        median, sigma = values["median"], values["sigma"]
        z = norm.ppf(np.array([0.05, 0.95])) * sigma
        odds = median / (1 - median) * np.exp(z) if values["shape"] == "logit-normal" else 1.0
        low, high = odds / (1 + odds) if values["shape"] == "logit-normal" else median * np.exp(z)
        spread = f"{low:.3f} .. {high:.3f}"
        rows.append([quantity, f"{median:.3f}", spread, f"{sigma:.2f}", f"{values['rows']}, {values['sources']}"])
    return markdown(rows)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--write", action="store_true", help="write the shipped table")
    arguments = parser.parse_args()
    found = calibrate()
    print(table(found))
    if arguments.write:
        write(found)


if __name__ == "__main__":
    main()

"""Fit the utilization prior to published runs, score it on runs left out, and write the shipped table.

    python benchmarks/calibration/fit.py            # prints the scores
    python benchmarks/calibration/fit.py --write    # and writes src/flopline/utilization/data/prior.toml

Rules and caveats: README.md beside this file. All quantities are on the logit of MFU against the native dense
peak of the format that ran.
"""

from __future__ import annotations

import argparse
import csv
import hashlib
import json
from collections import defaultdict
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path

import numpy as np
from scipy.optimize import minimize_scalar
from scipy.special import expit, logit
from scipy.stats import norm

HERE = Path(__file__).parent
TABLE = HERE.parents[1] / "src" / "flopline" / "utilization" / "data" / "prior.toml"
LEVELS = (0.5, 0.8, 0.9, 0.95)
FLAT = (0.30, 0.50)
MIDPOINTS = (np.arange(2000) + 0.5) / 2000


@dataclass(frozen=True)
class Fit:
    """Random intercept per source, a shift for mixtures of experts; variances by REML."""

    center: float
    shift: float
    covariance: np.ndarray
    between: float
    within: float

    @property
    def error(self) -> float:
        return float(np.sqrt(self.covariance[0, 0]))

    @property
    def shift_error(self) -> float:
        return float(np.sqrt(self.covariance[1, 1])) if len(self.covariance) > 1 else float("nan")


def read(name: str) -> list[dict[str, str]]:
    with (HERE / name).open(newline="", encoding="utf-8") as file:
        return list(csv.DictReader(file))


def field_rows(kind: str) -> list[dict[str, str]]:
    """Rows of one kind that the inclusion rules admit (README.md, rules 1 to 4)."""
    return [
        row
        for row in read("whole_runs.csv")
        if row["kind"] == kind and row["use_in_fit"] == "1" and row["arch"] in ("dense", "moe")
    ]


def outcome(rows: list[dict[str, str]]) -> np.ndarray:
    return logit(np.array([float(row["mfu_native"]) for row in rows]))


def design(rows: list[dict[str, str]]) -> np.ndarray:
    """Columns: constant, and mixture of experts where the rows have both kinds."""
    mixture = np.array([row["arch"] == "moe" for row in rows], dtype=float)
    constant = np.ones(len(rows))
    return np.column_stack([constant, mixture]) if 0 < mixture.sum() < len(rows) else constant[:, None]


def fit(rows: list[dict[str, str]]) -> Fit:
    """Restricted maximum likelihood for y = X b + a_source + e (Patterson and Thompson 1971)."""
    y, x = outcome(rows), design(rows)
    source = np.array([row["cluster"] for row in rows])
    same = (source[:, None] == source[None, :]).astype(float)

    n, p = x.shape

    def solve(log_ratio: float) -> tuple[float, np.ndarray, np.ndarray, float]:
        """Profile over the ratio of the variances; the within-source variance has a closed form."""
        shape = np.exp(log_ratio) * same + np.eye(n)
        precision = np.linalg.inv(shape)
        information = x.T @ precision @ x
        b = np.linalg.solve(information, x.T @ precision @ y)
        r = y - x @ b
        variance = float(r @ precision @ r) / (n - p)
        loss = (n - p) * np.log(variance) + np.linalg.slogdet(shape)[1] + np.linalg.slogdet(information)[1]
        return float(loss), b, variance * np.linalg.inv(information), variance

    grid = np.linspace(-12, 4, 33)
    start = grid[np.argmin([solve(point)[0] for point in grid])]
    best = minimize_scalar(lambda point: solve(point)[0], bounds=(start - 0.5, start + 0.5), method="bounded")
    _, b, covariance, variance = solve(best.x)
    shift = float(b[1]) if p > 1 else 0.0
    within = float(np.sqrt(variance))
    return Fit(float(b[0]), shift, covariance, float(np.exp(best.x / 2)) * within, within)


def medians(rows: list[dict[str, str]], *keys: str) -> dict[tuple[str, ...], float]:
    """Median logit per group: suites repeat a model many times, and repetitions are not runs."""
    groups = defaultdict(list)
    for row in rows:
        groups[tuple(row[key] for key in keys)].append(float(row["mfu_native"]))
    return {group: float(logit(np.median(values))) for group, values in groups.items()}


def mixture_width(rows: list[dict[str, str]]) -> dict[str, float]:
    """Extra spread of mixtures of experts over dense models, in suites that ran both.

    Two parts: models differ more among mixtures (same suite, chip and precision), and the shift itself
    differs from suite to suite (software). Their variances add.
    """
    named = medians(rows, "cluster", "chip", "precision", "arch", "model")
    groups = defaultdict(lambda: {"dense": [], "moe": []})
    for (suite, chip, precision, arch, _), value in named.items():
        groups[suite, chip, precision][arch].append(value)
    both = {key: group for key, group in groups.items() if group["dense"] and group["moe"]}
    shifts = defaultdict(list)
    for (suite, *_), group in both.items():
        shifts[suite].append(np.mean(group["moe"]) - np.mean(group["dense"]))
    several = [group for group in both.values() if min(map(len, group.values())) > 1]
    variance = {arch: pooled([group[arch] for group in several]) for arch in ("dense", "moe")}
    suites = np.array([np.mean(values) for values in shifts.values()])
    models = max(variance["moe"] - variance["dense"], 0.0)
    software = float(np.var(suites, ddof=1))
    return {
        "width": float(np.sqrt(models + software)),
        "models": float(np.sqrt(models)),
        "software": float(np.sqrt(software)),
        "suites": len(suites),
        "benchmark_shift": float(np.mean(suites)),
    }


def pooled(groups: list[np.ndarray]) -> float:
    """Variance inside groups, pooled over them."""
    several = [group for group in groups if len(group) > 1]
    total = sum(float(np.var(group, ddof=1)) * (len(group) - 1) for group in several)
    return total / sum(len(group) - 1 for group in several)


def eight_bit(rows: list[dict[str, str]]) -> dict[str, float]:
    """Change of MFU against the native peak from bf16 to 8 bits: same suite, model, chip and chip count."""
    named = [{**row, "model": row["model"].split(" (")[0], "bits": _bits(row)} for row in rows]
    pairs = defaultdict(dict)
    for (suite, model, chip, chips, bits), value in medians(named, "cluster", "model", "chip", "chips", "bits").items():
        pairs[suite, model, chip, chips][bits] = value
    changes = defaultdict(list)
    for (suite, *_), pair in pairs.items():
        if len(pair) == 2:
            changes[suite].append(pair["8"] - pair["16"])
    means = np.array([np.mean(values) for values in changes.values()])
    inside = pooled(list(changes.values()))
    between = float(np.var(means, ddof=1))
    return {
        "shift": float(means.mean()),
        "width": float(np.sqrt(between + inside)),
        "pairs": sum(map(len, changes.values())),
        "suites": len(means),
    }


def _bits(row: dict[str, str]) -> str:
    return "16" if row["precision"] == "bf16" else "8"


def stage_sigma(rows: list[dict[str, str]]) -> float:
    """Spread of one model on one chip in one suite over lengths, batches and sizes: what stages differ by."""
    groups = defaultdict(list)
    for row in rows:
        groups[row["cluster"], row["chip"], row["model"], row["precision"]].append(row)
    values = [outcome(group) for group in groups.values() if len(group) > 2]
    return float(np.sqrt(pooled(values)))


def predictive(found: Fit, mixture: bool, width: float) -> tuple[float, float]:
    """Center and standard deviation for a new source: both variances, the error of the mean, extra width."""
    x = np.array([1.0, float(mixture)])[: len(found.covariance)]
    variance = found.between**2 + found.within**2 + float(x @ found.covariance @ x)
    return found.center + mixture * found.shift, float(np.sqrt(variance + mixture * width**2))


def crps(quantiles: np.ndarray, actual: float) -> float:
    """Continuous ranked probability score of a sample of quantiles (Gneiting and Raftery 2007, eq. 20)."""
    n = len(quantiles)
    spread = 2 * np.sum(quantiles * (np.arange(1, n + 1) - 0.5)) / n**2 - quantiles.mean()
    return float(np.mean(np.abs(quantiles - actual)) - spread)


def leave_one_out(rows: list[dict[str, str]], width: float) -> list[dict[str, object]]:
    """One row per held-out run: everything from its source is out of the fit."""
    results = []
    for row in rows:
        rest = [other for other in rows if other["cluster"] != row["cluster"]]
        actual = float(row["mfu_native"])
        center, sd = predictive(fit(rest), row["arch"] == "moe", width)
        z = (logit(actual) - center) / sd
        constant = float(expit(np.mean(outcome(rest))))
        results.append(
            {
                "model": row["model"],
                "arch": row["arch"],
                "actual": actual,
                "z": float(z),
                "interval": tuple(expit(center + sd * norm.ppf([0.05, 0.95]))),
                "crps": crps(expit(center + sd * norm.ppf(MIDPOINTS)), actual),
                "flat": crps(FLAT[0] + (FLAT[1] - FLAT[0]) * MIDPOINTS, actual),
                "constant": abs(actual - constant),
                "log": float(norm.logpdf(z) - np.log(sd) - np.log(actual * (1 - actual))),
            }
        )
    return results


def scores(results: list[dict[str, object]]) -> dict[str, float]:
    z = np.array([abs(r["z"]) for r in results])
    found = {f"coverage_{level * 100:.0f}": float(np.mean(z <= norm.ppf((1 + level) / 2))) for level in LEVELS}
    for key, name in (
        ("crps", "crps"),
        ("flat", "crps_flat_30_50"),
        ("constant", "crps_constant"),
        ("log", "log_score"),
    ):
        found[name] = float(np.mean([r[key] for r in results]))
    found["median_width_90"] = float(np.median([r["interval"][1] - r["interval"][0] for r in results]))
    return found


def calibrate() -> dict[str, object]:
    """Everything that is shipped, and the held-out rows."""
    benchmarks = read("benchmarks.csv")
    width = mixture_width(benchmarks)
    table: dict[str, object] = {}
    held: dict[str, list[dict[str, object]]] = {}
    for scope, kind in (("whole-run", "whole_run"), ("steady", "steady_run")):
        rows = field_rows(kind)
        found = fit(rows)
        dense, dense_sd = predictive(found, False, width["width"])
        mixture, mixture_sd = predictive(found, True, width["width"])
        held[scope] = leave_one_out(rows, width["width"])
        table[scope] = {
            "rows": len(rows),
            "sources": len({row["cluster"] for row in rows}),
            "mixtures": sum(row["arch"] == "moe" for row in rows),
            "dense_logit": dense,
            "dense_sigma": dense_sd,
            "mixture_logit": mixture,
            "mixture_sigma": mixture_sd,
            "between_sources": found.between,
            "within_sources": found.within,
            "shift": found.shift,
            "shift_error": found.shift_error,
            **scores(held[scope]),
        }
    return {
        "scopes": table,
        "mixture": width,
        "eight_bit": eight_bit(benchmarks),
        "stage": {"sigma": stage_sigma([row for row in benchmarks if row["arch"] == "dense"])},
        "runs": published(),
        "held": held,
    }


def published() -> list[dict[str, object]]:
    """The runs among which an implied utilization is placed."""
    runs = [
        {
            "model": row["model"],
            "year": int(row["year"]),
            "chip": row["chip"],
            "scope": scope,
            "mixture": row["arch"] == "moe",
            "utilization": float(row["mfu_native"]),
            "source": row["source"],
        }
        for scope, kind in (("whole-run", "whole_run"), ("steady", "steady_run"))
        for row in field_rows(kind)
    ]
    return sorted(runs, key=lambda run: (run["scope"], run["utilization"], run["model"]))


def write(found: dict[str, object]) -> None:
    lines = ["# Written by benchmarks/calibration/fit.py --write; edit the data there, not this file.", ""]
    provenance = {
        "cite": "flopline's fit to published runs (Epoch AI, Data on AI Models, CC-BY 4.0; reports)",
        "script": "benchmarks/calibration/fit.py",
        "date": datetime.now(UTC).date().isoformat(),
    }
    provenance |= {f"sha256_{name}": digest(f"{name}.csv") for name in ("whole_runs", "benchmarks")}
    lines += section("provenance", provenance)
    for scope, values in found["scopes"].items():
        lines += section(f'scope."{scope}"', values)
    for name in ("mixture", "eight_bit", "stage"):
        lines += section(name, found[name])
    for run in found["runs"]:
        lines += section("run", run, array=True)
    TABLE.write_text("\n".join(lines), encoding="utf-8")


def section(name: str, values: dict[str, object], array: bool = False) -> list[str]:
    head = f"[[{name}]]" if array else f"[{name}]"
    return [head, *(f"{key} = {toml(value)}" for key, value in values.items()), ""]


def toml(value: object) -> str:
    if isinstance(value, float):
        return f"{value:.6g}" if not value.is_integer() else f"{value:.1f}"
    return json.dumps(value, ensure_ascii=False)


def digest(name: str) -> str:
    return hashlib.sha256((HERE / name).read_bytes()).hexdigest()


def show(found: dict[str, object]) -> None:
    for scope, values in found["scopes"].items():
        print(f"{scope}: {values['rows']} rows, {values['sources']} sources, {values['mixtures']} mixtures")
        for arch in ("dense", "mixture"):
            center, sd = values[f"{arch}_logit"], values[f"{arch}_sigma"]
            low, mid, high = expit(center + sd * norm.ppf([0.05, 0.5, 0.95]))
            print(f"  {arch:8} median {mid:.3f}  90 % {low:.3f} .. {high:.3f}  sigma {sd:.3f}")
        print("  " + "  ".join(f"{key} {values[key]:.3f}" for key in list(values)[7:]))
        for row in found["held"][scope]:
            if row["arch"] == "moe" or abs(row["z"]) > norm.ppf(0.95):
                low, high = row["interval"]
                line = f"{row['model']:22} {row['arch']:5} {row['actual']:.3f} z {row['z']:+.2f}"
                print(f"  {line} 90 % {low:.3f} .. {high:.3f}")
    for name in ("mixture", "eight_bit", "stage"):
        print(name, {key: round(value, 3) for key, value in found[name].items()})


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--write", action="store_true", help="write the shipped table")
    arguments = parser.parse_args()
    found = calibrate()
    show(found)
    if arguments.write:
        write(found)


if __name__ == "__main__":
    main()

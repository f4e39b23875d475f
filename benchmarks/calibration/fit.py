"""Fit the utilization prior to published runs, score it on sources left out, and write the shipped table.

    python benchmarks/calibration/fit.py              # prints the tables of README.md
    python benchmarks/calibration/fit.py --write      # and writes src/flopline/utilization/data/prior.toml
    python benchmarks/calibration/fit.py --compare    # scores other covariates, out of source

Rules and caveats: README.md beside this file. All quantities are on the logit of MFU against the native dense
peak of the format that ran.
"""

from __future__ import annotations

import argparse
from collections import defaultdict
from typing import TYPE_CHECKING

import numpy as np
from alternatives import compare
from held_out import Held, leave_one_out, scores
from mixed_model import Fitted, fit, predict
from observations import LOW, SCOPES, Row, cells, families, read, runs, suites, unsure
from reported import comparison, tables
from scipy.special import logit
from shipped import write

if TYPE_CHECKING:
    from collections.abc import Sequence

KINDS = {"dense": False, "mixture": True}
UNSEEN = ""


def calibrate() -> dict[str, object]:
    """Everything that is shipped, and the held-out runs."""
    field, others = runs(), suites()
    found = fit([*field, *others])
    held = leave_one_out(field, others, found)
    return {
        "scope": {scope: of_scope(field, held, kind) for scope, kind in SCOPES.items()},
        "family": [of_family(found, name) for name in (*dict.fromkeys(families().values()), UNSEEN)],
        "format": {name: of_format(found, name) for name in LOW},
        "effect": effects(found),
        "stage": {"sigma": stage_sigma()},
        "run": published(field),
        "held": held,
    }


def of_scope(field: Sequence[Row], held: Sequence[Held], kind: str) -> dict[str, float]:
    rows = [row for row in field if row.kind == kind]
    return {
        "rows": len(rows),
        "sources": len({row.source for row in rows}),
        "mixtures": sum(row.mixture for row in rows),
        **scores([one for one in held if one.row.kind == kind]),
    }


def of_family(found: Fitted, name: str) -> dict[str, object]:
    """Center and sigma for a new source on a family, in 16 bits; the unseen family has neither runs nor benchmarks."""
    levels = {}
    for scope, kind in SCOPES.items():
        for shape, mixture in KINDS.items():
            new = Row("", "", 0, UNSEEN, kind, mixture, "16", name, 0.0)
            levels[scope.replace("-", "_") + "_" + shape] = [float(value) for value in predict(found, new)]
    rows = [row for row in found.rows if row.family == name]
    seen = sum(row.in_field for row in rows)
    return {
        "name": name,
        "chips": [chip for chip, family in families().items() if family == name],
        "runs": 0 if name in unsure() else seen,
        "benchmarks": sum(len(row.cells) for row in rows),
        "suites": len({row.source for row in rows if not row.in_field}),
        **({"unsure": unsure()[name]} if name in unsure() else {}),
        **levels,
    }


def of_format(found: Fitted, name: str) -> dict[str, float]:
    """What a format changes for a new source, and the variance that it adds.

    Added are the errors of the coefficients, what sources differ by, and what models of one suite differ by.
    """
    new = [Row("", "", 0, UNSEEN, "whole_run", False, width, UNSEEN, 0.0) for width in ("16", name)]
    (before, sd), (after, wider) = (predict(found, row) for row in new)
    rows = [row for row in cells() if row.format == name]
    own = model_spread("16", "fp8") + (model_spread("fp8", name) if name == "fp4" else 0.0)
    return {
        "shift": after - before,
        "width": float(np.sqrt(wider**2 - sd**2 + own)),
        "benchmarks": len(rows),
        "suites": len({row.source for row in rows}),
    }


def model_spread(one: str, other: str) -> float:
    """Variance of the change from one format to another over models of one suite on one family."""
    pairs: dict[tuple[str, str, bool], dict[str, dict[str, float]]] = defaultdict(lambda: defaultdict(dict))
    for row in cells():
        pairs[row.source, row.family, row.mixture][row.model][row.format] = row.y
    changes = [
        [pair[other] - pair[one] for pair in models.values() if one in pair and other in pair]
        for models in pairs.values()
    ]
    return pooled(changes)


def pooled(groups: Sequence[Sequence[float]]) -> float:
    """Variance inside groups, pooled over them."""
    several = [group for group in groups if len(group) > 1]
    total = sum(float(np.var(group, ddof=1)) * (len(group) - 1) for group in several)
    return total / sum(len(group) - 1 for group in several)


def effects(found: Fitted) -> dict[str, float]:
    """Coefficients with their errors, and standard deviations of what is drawn."""
    table: dict[str, float] = {}
    for name in found.names:
        key = name.replace(" ", "_")
        table[key], table[f"{key}_error"] = found.coefficient(name)
    for name in (*found.model.random, "run", "cell"):
        table[f"{name}_sd"] = float(np.sqrt(found.variance(name)))
    return table


def stage_sigma() -> float:
    """Spread of one dense model on one chip in one suite over lengths, batches and sizes: what stages differ by."""
    groups = defaultdict(list)
    for row in read("benchmarks.csv"):
        if row["arch"] == "dense":
            groups[row["cluster"], row["chip"], row["model"], row["format"]].append(logit(float(row["mfu_native"])))
    return float(np.sqrt(pooled([group for group in groups.values() if len(group) > 2])))


def published(field: Sequence[Row]) -> list[dict[str, object]]:
    """The runs among which an implied utilization is placed."""
    names = {kind: scope for scope, kind in SCOPES.items()}
    found = [
        {
            "model": row.model,
            "year": row.year,
            "chip": row.chip,
            "scope": names[row.kind],
            "mixture": row.mixture,
            "utilization": round(row.utilization, 6),
            "source": row.cite,
        }
        for row in field
    ]
    return sorted(found, key=lambda run: (run["scope"], run["utilization"], run["model"]))


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--write", action="store_true", help="write the shipped table")
    parser.add_argument("--compare", action="store_true", help="score other covariates instead")
    arguments = parser.parse_args()
    if arguments.compare:
        print(comparison(compare(runs(), suites())))
        return
    found = calibrate()
    print(tables(found))
    if arguments.write:
        write(found)


if __name__ == "__main__":
    main()

"""Covariates and effects that might be in the model, scored out of source: `fit.py --compare` prints them."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
from held_out import leave_one_out, scores
from mixed_model import EFFECTS, FIXED, PLAIN, Covariate, Model, fit
from observations import SCOPES, Row, read

if TYPE_CHECKING:
    from collections.abc import Sequence


def alternatives(rows: Sequence[Row]) -> dict[str, Model]:
    """The model, the model with one thing more, and the model with one thing less."""

    def decades(name: str) -> Covariate:
        known = [np.log10(getattr(row, name)) for row in rows if getattr(row, name) > 0]
        middle = float(np.mean(known))
        return lambda row: np.log10(getattr(row, name)) - middle if getattr(row, name) > 0 else 0.0

    def tpu(row: Row) -> float:
        return row.family.startswith("TPU")

    years = {row["family"]: int(row["released"]) for row in read("families.csv")}

    def less(name: str) -> Model:
        return Model(FIXED, tuple(effect for effect in EFFECTS if effect != name))

    return {
        "as shipped": PLAIN,
        "with chips": Model(FIXED | {"chips": decades("chips")}),
        "with active parameters": Model(FIXED | {"params": decades("params")}),
        "with sequence length": Model(FIXED | {"length": decades("length")}),
        "with year of the chip": Model(FIXED | {"released": lambda row: years[row.family] - 2021}),
        "with TPU or not": Model(FIXED | {"tpu": tpu}),
        "with the benchmark's own mixture effect": Model(
            FIXED | {"more": lambda row: row.mixture and not row.in_field}
        ),
        "without mixture of experts": Model({name: f for name, f in FIXED.items() if name != "mixture"}),
        "without families of chips": Model(FIXED, ("source", "suite", "mixture", "low")),
        "suites as alike as developers": less("suite"),
        "mixtures equally low everywhere": less("mixture"),
        "mixtures as alike as dense models": less("own_mixture"),
    }


def compare(runs: Sequence[Row], others: Sequence[Row]) -> list[dict[str, object]]:
    """One row per alternative: CRPS, coverage and width in both scopes, likelihood, and the coefficient added."""
    table = []
    for name, model in alternatives([*runs, *others]).items():
        found = fit([*runs, *others], model)
        held = leave_one_out(runs, others, found, model)
        row: dict[str, object] = {"model": name}
        for scope, kind in SCOPES.items():
            one = scores([result for result in held if result.row.kind == kind])
            row[f"{scope} CRPS"], row[f"{scope} 90 %"] = one["crps"], one["coverage_90"]
            row[f"{scope} width"] = one["median_width_90"]
        added = [key for key in found.names if key not in FIXED]
        # Restricted likelihoods compare where the fixed effects are the same.
        row["likelihood"] = found.likelihood if model.fixed is FIXED else None
        row["coefficient"] = found.coefficient(added[0]) if added else None
        table.append(row)
    return table

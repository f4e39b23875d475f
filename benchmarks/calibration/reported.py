"""The tables of README.md, as Markdown."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
from held_out import LEVELS, Held, band, scores
from observations import SCOPES
from scipy.special import expit
from scipy.stats import norm

if TYPE_CHECKING:
    from collections.abc import Sequence

Z90 = norm.ppf(0.95)


def tables(found: dict[str, object]) -> str:
    """All that `fit.py` prints."""
    return "\n\n".join(
        (
            accuracy(found["scope"]),
            summary(found["scope"] | surveyed(found["held"])),
            levels(found["family"]),
            changes(found["format"], found["effect"]),
            mixtures(found["held"]),
            missed(found["held"]),
        )
    )


def accuracy(scopes: dict[str, dict[str, float]]) -> str:
    """The sentence of the project's README.md."""
    whole, steady = scopes["whole-run"], scopes["steady"]

    def both(key: str) -> str:
        return f"{whole[key]:.3f} and {steady[key]:.3f}"

    return (
        f"{whole['rows']} whole runs of {whole['sources']} sources and {steady['rows']} figures of steady steps of "
        f"{steady['sources']}. On sources left out of the fit its 90 % interval holds {percent(whole['coverage_90'])} "
        f"of whole runs and {percent(steady['coverage_90'])} of steady figures, at a median width of "
        f"{100 * whole['median_width_90']:.0f} and {100 * steady['median_width_90']:.0f} points; its average error "
        f"(CRPS) is {both('crps')}, against {both('crps_flat_30_50')} of a flat 30 to 50 % and {both('crps_constant')} "
        "of one constant."
    )


def surveyed(held: Sequence[Held]) -> dict[str, dict[str, float]]:
    """The scores of the rows that a survey of reports gave, without those added from disclosed chip-hours."""
    found = {}
    for scope, kind in SCOPES.items():
        kept = [one for one in held if one.row.kind == kind and one.row.id.isdigit()]
        found[f"{scope}, survey alone"] = {
            "rows": len(kept),
            "sources": len({one.row.source for one in kept}),
            "mixtures": sum(one.row.mixture for one in kept),
            **scores(kept),
        }
    return found


def summary(scopes: dict[str, dict[str, float]]) -> str:
    """Coverage, width and CRPS on sources left out."""
    rows = [["left out, source by source", *(scope.replace("-", " ") for scope in scopes)]]
    rows.append(
        ["rows, sources, mixtures", *(f"{s['rows']}, {s['sources']}, {s['mixtures']}" for s in scopes.values())]
    )
    for level in LEVELS:
        name = f"{level * 100:.0f}"
        cells = []
        for one in scopes.values():
            low, high = band(level, one["rows"])
            cells.append(f"{percent(one[f'coverage_{name}'])} (exact: {100 * low:.0f} to {100 * high:.0f} %)")
        rows.append([f"inside the {name} % interval", *cells])
    points = [f"{100 * one['median_width_90']:.1f} points" for one in scopes.values()]
    rows.append(["median width of the 90 % interval", *points])
    rows.append(["kurtosis of the errors (normal: 3)", *(f"{one['kurtosis']:.1f}" for one in scopes.values())])
    for key, name in (
        ("crps", "CRPS"),
        ("crps_flat_30_50", "CRPS of a flat 30 to 50 %"),
        ("crps_constant", "CRPS of one constant"),
    ):
        rows.append([name, *(f"{one[key]:.4f}" for one in scopes.values())])
    return markdown(rows)


def levels(families: Sequence[dict[str, object]]) -> str:
    """Median and 90 % interval by family of chips."""
    rows = [
        ["16 bits, median and 90 %", "runs", "benchmarks", "dense, whole run", "mixture, whole run", "dense, steady"]
    ]
    for family in families:
        name = family["name"] or "any other"
        shown = [spread(*family[key]) for key in ("whole_run_dense", "whole_run_mixture", "steady_dense")]
        rows.append([name, str(family["runs"]), str(family["benchmarks"]), *shown])
    return markdown(rows)


def changes(formats: dict[str, dict[str, float]], effects: dict[str, float]) -> str:
    """Effects on the logit."""
    rows = [["on the logit", "effect", "error or width"]]
    fixed = ("steady", "benchmark", "mixture")
    rows += [[key, f"{effects[key]:+.2f}", f"error {effects[f'{key}_error']:.2f}"] for key in fixed]
    for name, one in formats.items():
        said = f"width {one['width']:.2f}, from {one['benchmarks']} benchmarks, suites {one['suites']}"
        rows.append([name, f"{one['shift']:+.2f}", said])
    drawn = {
        "source": "source", "suite": "suite of benchmarks, more", "mixture": "mixtures of a source",
        "low": "low precision of a source", "family": "family of chips", "source_family": "family at a source",
        "run": "run", "cell": "model in a suite", "own_mixture": "run or model, more for mixtures",
    }  # fmt: skip
    rows += [[name, "", f"sd {effects[f'{key}_sd']:.2f}"] for key, name in drawn.items()]
    return markdown(rows)


def mixtures(held: Sequence[Held]) -> str:
    """Mixtures of experts, each left out with its source."""
    return _runs("mixtures of experts left out", [one for one in held if one.row.mixture])


def missed(held: Sequence[Held]) -> str:
    """Dense runs outside their 90 % interval."""
    return _runs("dense runs outside 90 %", [one for one in held if not one.row.mixture and abs(one.z) > Z90])


def _runs(title: str, held: Sequence[Held]) -> str:
    names = {kind: scope.replace("-", " ") for scope, kind in SCOPES.items()}
    rows = [[title, "scope", "MFU", "90 % interval", ""]]
    for one in sorted(held, key=lambda one: (one.row.kind, one.row.model)):
        low, high = one.interval
        inside = "" if abs(one.z) <= Z90 else ("above" if one.z > 0 else "below")
        cells = [percent(one.row.utilization, 1), f"{100 * low:.1f} .. {percent(high, 1)}", inside]
        rows.append([one.row.model, names[one.row.kind], *cells])
    return markdown(rows)


def comparison(table: Sequence[dict[str, object]]) -> str:
    """Other covariates and effects beside the model."""
    heads = [f"{scope} {what}" for scope in SCOPES for what in ("CRPS", "90 %", "width")]
    rows = [["out of source", *(head.replace("-", " ") for head in heads), "log likelihood", "coefficient"]]
    for one in table:
        cells = [f"{one[head]:.4f}" if head.endswith("CRPS") else percent(one[head]) for head in heads]
        likelier, added = one["likelihood"], one["coefficient"]
        cells.append("" if likelier is None else f"{likelier - table[0]['likelihood']:+.1f}")
        rows.append([one["model"], *cells, f"{added[0]:+.2f} (error {added[1]:.2f})" if added else ""])
    return markdown(rows)


def spread(center: float, sigma: float) -> str:
    low, middle, high = 100 * expit(center + sigma * Z90 * np.array([-1, 0, 1]))
    return f"{middle:.1f} %, {low:.1f} .. {high:.1f} %"


def percent(share: float, digits: int = 0) -> str:
    return f"{100 * share:.{digits}f} %"


def markdown(rows: Sequence[Sequence[str]]) -> str:
    head, *rest = rows
    lines = [head, ["---"] * len(head), *rest]
    return "\n".join(f"| {' | '.join(line)} |" for line in lines)

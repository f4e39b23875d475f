"""The fit behind the prior: that the shipped table is it, and how well it does on sources left out."""

from __future__ import annotations

import hashlib
import math
from pathlib import Path

import pytest

from flopline.utilization.prior import logit
from flopline.utilization.table import fitted

CALIBRATION = Path(__file__).parents[2] / "benchmarks" / "calibration"
SCOPES = ("whole-run", "steady")


def test_the_shipped_table_is_the_fit_to_the_data_in_the_repository(found):
    shipped = fitted()
    for group in ("scope", "format"):
        for name, values in found[group].items():
            assert getattr(shipped, group)[name].model_dump() == pytest.approx(values, rel=1e-3), (group, name)
    assert shipped.effect == pytest.approx(found["effect"], rel=1e-3, abs=1e-4)
    assert shipped.stage.sigma == pytest.approx(found["stage"]["sigma"], rel=1e-4)
    assert [run.model_dump() for run in shipped.run] == found["run"]


def test_the_shipped_levels_are_those_of_the_fit(found):
    for shipped, family in zip(fitted().family, found["family"], strict=True):
        values = shipped.model_dump(exclude_none=True)
        for scope in ("whole_run_dense", "whole_run_mixture", "steady_dense", "steady_mixture"):
            assert values.pop(scope) == pytest.approx(tuple(family[scope]), abs=1e-3)
        assert {key: list(value) if key == "chips" else value for key, value in values.items()} == {
            key: family[key] for key in values
        }


def test_the_shipped_table_names_the_very_data():
    for name in ("whole_runs", "benchmarks", "families"):
        digest = hashlib.sha256((CALIBRATION / f"{name}.csv").read_bytes()).hexdigest()
        assert fitted().provenance[f"sha256_{name}"] == digest


def test_the_manual_of_the_calibration_holds_the_tables_that_the_script_prints(found, calibration):
    manual = unwrapped(CALIBRATION / "README.md")
    for table in calibration("reported").tables(found).split("\n\n"):
        assert " ".join(table.split()) in manual, table


def test_the_accuracy_in_the_manual_is_what_the_scripts_print(found, calibration):
    manual = unwrapped(CALIBRATION.parents[1] / "README.md")
    gold = calibration("gold")
    assert calibration("reported").accuracy(found["scope"]) in manual
    for table in (gold.hours_table(gold.by_hours()), gold.tokens_table(gold.by_tokens())):
        assert table.partition("\n\n")[0] in manual


def unwrapped(file):
    return " ".join(file.read_text("utf-8").split())


def test_restricted_likelihood_reproduces_the_balanced_analysis_of_variance(calibration):
    # Balanced one-way layout: REML equals ANOVA where that is positive (Searle, Casella, McCulloch 1992, 4.6)
    values = {"a": (0.30, 0.34), "b": (0.20, 0.22), "c": (0.42, 0.40), "d": (0.26, 0.31)}
    mixed, row = calibration("mixed_model"), calibration("observations").Row
    rows = [
        row("", "", 2024, source, "whole_run", mixture=False, format="16", family="Hopper", y=logit(value))
        for source, pair in values.items()
        for value in pair
    ]
    pairs = [tuple(map(logit, pair)) for pair in values.values()]
    within = sum((p - q) ** 2 / 2 for p, q in pairs) / 4
    means = [(p + q) / 2 for p, q in pairs]
    center = sum(means) / 4
    between = sum((mean - center) ** 2 for mean in means) / 3 - within / 2
    fit = mixed.fit(rows, mixed.Model(mixed.FIXED, ("source",)))
    assert fit.coefficient("whole run")[0] == pytest.approx(center)
    assert fit.variance("run") == pytest.approx(within, rel=1e-2)
    assert fit.variance("source") == pytest.approx(between, rel=1e-2)


def test_the_mean_of_cells_tells_as_much_as_the_cells(calibration):
    """Of cells that the model does not tell apart, mean and spread are sufficient."""
    observations, mixed = calibration("observations"), calibration("mixed_model")
    runs = observations.runs()
    means, cells = (mixed.fit([*runs, *others]) for others in (observations.suites(), observations.cells()))
    assert means.coefficients == pytest.approx(cells.coefficients, abs=2e-3)
    for effect in ("source", "suite", "mixture", "family", "cell"):
        assert math.sqrt(means.variance(effect)) == pytest.approx(math.sqrt(cells.variance(effect)), abs=0.01)


def test_a_prediction_is_the_conditional_normal_distribution_of_a_new_row(calibration):
    """Slow and obvious twin: coefficients with a very wide prior, and the joint normal conditioned on the rows."""
    import numpy as np

    observations, mixed = calibration("observations"), calibration("mixed_model")
    rows = [*observations.runs(), *observations.suites()]
    fit = mixed.fit(rows)
    new = observations.Row("", "", 2024, "nobody", "steady_run", mixture=True, format="fp8", family="Hopper", y=0.0)
    together = [*rows, new]
    x = mixed.design(together, mixed.FIXED)
    joint = 1e4 * x @ x.T + sum(
        fit.variance(effect) * mixed.shared(effect, together, together) for effect in mixed.EFFECTS
    )
    for index, row in enumerate(together):
        joint[index, index] += fit.variance("run") if row.in_field else fit.variance("cell") / len(row.cells)
    y = np.array([row.y for row in rows])
    weights = np.linalg.solve(joint[:-1, :-1], joint[:-1, -1])
    center, sd = mixed.predict(fit, new)
    assert center == pytest.approx(weights @ y, abs=1e-3)
    assert sd == pytest.approx(math.sqrt(joint[-1, -1] - weights @ joint[:-1, -1]), abs=1e-3)


def test_mixtures_of_one_suite_differ_more_than_its_dense_models(calibration):
    """An F test on benchmarks alone: the reason for the variance of their own."""
    import numpy as np
    from scipy.stats import f

    spread = {}
    for mixture in (False, True):
        rows = [row for row in calibration("observations").suites() if row.mixture == mixture]
        freedom = sum(len(row.cells) - 1 for row in rows)
        spread[mixture] = sum(np.sum((np.array(row.cells) - row.y) ** 2) for row in rows) / freedom, freedom
    (dense, many), (mixtures, few) = spread[False], spread[True]
    assert (round(dense**0.5, 2), many, round(mixtures**0.5, 2), few) == (0.20, 84, 0.31, 23)
    assert f.sf(mixtures / dense, few, many) < 0.01


def test_a_prediction_has_every_part_of_the_variance(calibration):
    observations, mixed = calibration("observations"), calibration("mixed_model")
    fit = mixed.fit([*observations.runs(), *observations.suites()])
    new = observations.Row("", "", 2024, "", "whole_run", mixture=True, format="fp8", family="", y=0.0)
    parts = sum(fit.variance(part) for part in (*mixed.EFFECTS[2:], "source", "run"))
    assert mixed.predict(fit, new)[1] ** 2 > parts


def test_the_score_of_a_point_forecast_is_its_absolute_error(calibration):
    import numpy as np

    held_out = calibration("held_out")
    assert held_out.crps(np.full(1000, 0.3), 0.4) == pytest.approx(0.1, abs=1e-3)
    uniform = held_out.crps(held_out.MIDPOINTS, 0.25)
    assert uniform == pytest.approx(0.25**3 / 3 + 0.75**3 / 3, abs=1e-3)


@pytest.mark.parametrize("scope", SCOPES)
@pytest.mark.parametrize("level", [0.5, 0.8, 0.9])
def test_sources_left_out_are_covered_as_often_as_promised(found, calibration, scope, level):
    one = found["scope"][scope]
    low, high = calibration("held_out").band(level, one["rows"])
    assert low <= one[f"coverage_{level * 100:.0f}"] <= high


@pytest.mark.parametrize("scope", SCOPES)
def test_the_narrower_survey_alone_is_covered_too(found, calibration, scope):
    """The rows that a survey of reports gave, without the runs added from disclosed chip-hours."""
    held_out, kind = calibration("held_out"), calibration("observations").SCOPES[scope]
    held = [one for one in found["held"] if one.row.kind == kind and one.row.id.isdigit()]
    assert len(held) == {"whole-run": 21, "steady": 18}[scope]
    scores = held_out.scores(held)
    for level in (0.8, 0.9):
        low, high = held_out.band(level, len(held))
        assert low <= scores[f"coverage_{level * 100:.0f}"] <= high
    assert scores["crps"] < min(scores["crps_flat_30_50"], scores["crps_constant"])


@pytest.mark.parametrize("scope", SCOPES)
def test_it_beats_the_flat_assumption_and_one_constant(scope):
    one = fitted().scope[scope]
    assert one.crps < min(one.crps_flat_30_50, one.crps_constant)
    assert one.median_width_90 < 0.40  # width does not buy the coverage
    assert one.kurtosis < 3.5  # a normal distribution has 3


def test_what_is_not_in_the_model_does_not_improve_both_scopes(calibration):
    observations = calibration("observations")
    table = calibration("alternatives").compare(observations.runs(), observations.suites())
    shipped = table[0]
    assert len(table) == 12
    for other in table[1:]:
        worse = any(other[f"{scope} CRPS"] > shipped[f"{scope} CRPS"] for scope in SCOPES)
        likelier = other["likelihood"] is not None and other["likelihood"] < shipped["likelihood"] - 1
        assert worse or likelier, other["model"]
    assert " ".join(calibration("reported").comparison(table).split()) in unwrapped(CALIBRATION / "README.md")

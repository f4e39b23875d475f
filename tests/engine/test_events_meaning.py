"""What happens or not, and which of several things it is: against sums over the cases, and plans drawn at random."""

from __future__ import annotations

import numpy as np
import pytest
from building import LLAMA_8B, answer, loaded, plan_of

from flopline.engine.compile import compile_plan
from flopline.engine.drivers import drivers
from flopline.engine.exceedance import exceedance
from flopline.engine.masks import total_mask
from flopline.engine.resources import derived_of
from flopline.engine.timeline import timeline
from flopline.errors import EngineError
from flopline.kernels.records import NOTHING, STEP
from naive.plan import Naive

SIZE = {"params": {"dist": "lognormal", "median": "90B", "sigma": 0.2}}
LOW = {"dist": "lognormal", "median": "17T", "sigma": 0.3}
HIGH = {"dist": "lognormal", "median": "26T", "sigma": 0.2}
MIXED = {"dist": "mixture", "parts": [LOW, HIGH], "weights": ["70%", "30%"]}
MORE = {"name": "more", "kind": "continued-pretraining", "params": {"shares": "pretrain.params"}, "tokens": "3T..9T"}
ONE = {"hardware": "h100-sxm", "format": "bf16", "chips": 6000, "days": "50..70", "utilization": "35%..45%"}
OTHER = {"hardware": "gb200", "format": "fp8", "chips": "2k..3k", "days": "40..60", "utilization": "20%..35%"}
AT = np.array([6e24, 9e24, 1.3e25, 1.8e25])


def compiled(*stages, **keys):
    return compile_plan(plan_of(*stages, **keys))


def chances(*stages, **keys):
    """Return the probabilities that the total exceeds some amounts, with their errors."""
    found = compiled(*stages, **keys)
    rows = found.rows_of(total_mask(found.entries))
    masks = np.repeat(rows[None], len(AT), axis=0)
    answer = exceedance(found.problem, masks, AT, tolerance=1e-3, execution="plain")
    return answer.probability, answer.error


def same(mine, *cases):
    """Compare probabilities with a weighted sum of those of other plans."""
    expected = sum(weight * found[0] for weight, found in cases)
    slack = 4 * (mine[1] + sum(weight * found[1] for weight, found in cases)) + 1e-6
    assert np.all(np.abs(mine[0] - expected) <= slack), (mine[0], expected, slack)
    assert np.ptp(mine[0]) > 0.3


def drawn(*stages, count=60_000, **keys):
    """Return the probabilities that the total exceeds some amounts in random draws of the plan written out."""
    tree = {"stage": [{"name": "pretrain", "kind": "pretraining"} | stage for stage in stages], **keys}
    naive = Naive(tree, count, seed=3)
    total = sum(entry.flop for entry in naive.entries if entry.during is None and entry.what.fate == "kept"
                and entry.what.activity != "elementwise")  # fmt: skip
    return np.mean(total > AT[:, None], axis=1)


def agrees(*stages, **keys):
    mine, expected = chances(*stages, **keys), drawn(*stages, **keys)
    assert np.all(np.abs(mine[0] - expected) <= 5 * np.sqrt(0.25 / 60_000) + 4 * mine[1]), (mine[0], expected)


class TestMixture:
    def test_it_is_the_weighted_sum_of_its_parts(self):
        of = [chances(SIZE | {"tokens": part}) for part in (LOW, HIGH)]
        same(chances(SIZE | {"tokens": MIXED}), (0.7, of[0]), (0.3, of[1]))

    def test_a_part_may_be_a_number(self):
        mixed = {"dist": "mixture", "parts": ["15T", LOW], "weights": [0.25, 0.75]}
        same(
            chances(SIZE | {"tokens": mixed}),
            (0.25, chances(SIZE | {"tokens": "15T"})), (0.75, chances(SIZE | {"tokens": LOW})),
        )  # fmt: skip

    def test_correlation_acts_on_the_score_that_the_parts_have_in_common(self):
        keys = {"correlation": [{"between": ["pretrain.tokens", "pretrain.params"], "rho": 0.8}]}
        of = [chances(SIZE | {"tokens": part}, **keys) for part in (LOW, HIGH)]
        same(chances(SIZE | {"tokens": MIXED}, **keys), (0.7, of[0]), (0.3, of[1]))

    def test_what_shares_it_is_of_the_same_part(self):
        shared = MORE | {"tokens": {"shares": "pretrain.tokens"}}
        of = [chances(SIZE | {"tokens": part}, shared) for part in (LOW, HIGH)]
        same(chances(SIZE | {"tokens": MIXED}, shared), (0.7, of[0]), (0.3, of[1]))

    def test_it_may_divide_and_be_transformed(self):
        stage = SIZE | {
            "tokens": LOW,
            "rework": {"dist": "mixture", "parts": ["1%..2%", "20%..30%"], "weights": [0.5, 0.5]},
        }
        found = answer_of_lost(stage)
        parts = [answer_of_lost(stage | {"rework": part}) for part in ("1%..2%", "20%..30%")]
        assert found == pytest.approx(np.mean(parts), abs=0.01)

    def test_two_of_them_multiply(self):
        sizes = {"dist": "mixture", "parts": ["70B..90B", "110B..120B"], "weights": ["40%", "60%"]}
        rows = compiled({"params": sizes, "tokens": MIXED})
        assert len(rows.owner) == 4
        assert rows.problem.kind.tolist().count(STEP) == 4
        agrees({"params": sizes, "tokens": MIXED})

    def test_its_indicators_are_one_or_as_good_as_nothing(self):
        problem = compiled(SIZE | {"tokens": MIXED}).problem
        for k in np.flatnonzero(problem.kind == STEP):
            atoms = problem.steps[problem.first[k] : problem.first[k + 1]]
            assert sorted(atoms.tolist()) == [NOTHING, 0.0]

    def test_too_many_parts_are_refused_in_words(self):
        many = {"dist": "mixture", "parts": [f"{n}..{n + 1}" for n in range(1, 11)], "weights": [0.1] * 10}
        with pytest.raises(EngineError, match="combine into 100 products"):
            compiled({"params": "7B", "tokens": "1T", "epochs": many, "overhead": many})

    def test_it_is_one_input_with_the_plans_own_interval(self):
        found = compiled(SIZE | {"tokens": MIXED})
        rows = found.rows_of(total_mask(found.entries))
        shown = {one.name: one for one in drivers(found, rows, np.ones(len(found.variables)), "line", 0.9)}
        assert set(shown) == {"pretrain.params", "pretrain.tokens", "pretrain.tokens (which part)"}
        assert shown["pretrain.tokens"].amount.high > 30e12
        assert sum(one.variance_share for one in shown.values()) == pytest.approx(1.0)
        assert shown["pretrain.tokens (which part)"].amount.median == 0.7
        assert shown["pretrain.tokens (which part)"].effect == 0.0


def answer_of_lost(stage):
    """Return the probability that lost steps exceed some FLOP."""
    found = compiled(stage)
    lost = np.array([entry.attributes.fate == "lost" for entry in found.entries])
    rows = found.rows_of(lost)
    return float(
        exceedance(found.problem, rows[None], np.array([3e23]), tolerance=1e-3, execution="plain").probability[0]
    )


class TestChoice:
    def test_it_is_the_weighted_sum_of_its_values(self):
        choice = {"dist": "choice", "values": ["25T", "14T"], "weights": ["30%", "70%"]}
        of = [chances(SIZE | {"tokens": value}) for value in ("14T", "25T")]
        same(chances(SIZE | {"tokens": choice}), (0.7, of[0]), (0.3, of[1]))

    def test_alone_it_is_exactly_its_weights(self):
        found = chances({"flop": {"dist": "choice", "values": ["7e24", "2e25"], "weights": ["30%", "70%"]}})
        assert found[0] == pytest.approx([1.0, 0.7, 0.7, 0.7], abs=2e-3)


class TestHappens:
    def test_it_is_the_weighted_sum_of_two_plans(self):
        with_, without = chances(SIZE | {"tokens": LOW}, MORE), chances(SIZE | {"tokens": LOW})
        same(chances(SIZE | {"tokens": LOW}, MORE | {"happens": "40%"}), (0.4, with_), (0.6, without))

    def test_stages_may_hang_on_one_event(self):
        third = MORE | {"name": "third", "tokens": "2T..4T"}
        shared = (MORE | {"happens": 0.4}, third | {"happens": {"shares": "more.happens"}})
        apart = (MORE | {"happens": 0.4}, third | {"happens": 0.4})
        start = SIZE | {"tokens": LOW}
        same(chances(start, *shared), (0.4, chances(start, MORE, third)), (0.6, chances(start)))
        agrees(start, *apart)

    def test_everything_of_the_stage_hangs_on_it(self):
        stage = {
            "config": LLAMA_8B, "seq_len": 4096, "tokens": "10T", "rework": "3%", "recompute": "full", "padding": "2%",
            "happens": "40%", "base": {"name": "b", "developer": "own", "flop": "1e24"},
        }  # fmt: skip
        found = compiled(stage)
        assert {entry.attributes.activity for entry in found.entries} >= {
            "elementwise",
            "activation-recompute",
            "padding",
        }
        assert all(any(factor.name == "pretrain.happens" for factor in term) for term in found.terms)

    def test_a_base_counts_where_one_of_the_stages_runs_that_start_from_it(self):
        base = {"name": "b", "developer": "own", "flop": "2e24"}
        one, two = ({"name": name, "flop": "1e24", "base": base, "happens": 0.5} for name in ("one", "two"))
        found = compiled(one, two)
        rows = found.rows_of(np.array([entry.method == "base" for entry in found.entries]))
        ask = exceedance(found.problem, rows[None], np.array([1.9e24]), tolerance=1e-3, execution="plain")
        assert ask.probability[0] == pytest.approx(0.75, abs=4e-3)
        sure = compiled(one, {key: value for key, value in two.items() if key != "happens"})
        assert (
            sure.certain[next(row for row, term in enumerate(sure.terms) if term[0].name.endswith("base.flop"))]
            == 2 * 10**24
        )

    def test_its_own_figures_are_those_of_a_stage_that_runs(self):
        sure = answer({"flop": "1e24..2e24"}, ONE | {"name": "more", "kind": "continued-pretraining"})
        found = answer(
            {"flop": "1e24..2e24"}, ONE | {"name": "more", "kind": "continued-pretraining", "happens": "90%"}
        )
        assert found.stages[1].happens == 0.9
        assert found.stages[1].amount.median == pytest.approx(sure.stages[1].amount.median, rel=1e-3)
        assert found.to_dict()["stages"][1]["happens"] == 0.9
        mine = {one.name: one.amount for one in found.stages[1].derived}
        theirs = {one.name: one.amount for one in sure.stages[1].derived}
        assert mine["cost"].median == pytest.approx(theirs["cost"].median, rel=1e-3)
        assert "nothing of `more` where it does not happen" in found.resources[0].remark

    def test_a_timeline_leaves_no_time_for_what_does_not_happen(self):
        text = """
        day = 2026-11-22
        start = 2027-01-01
        [[stage]]
        name = "pretrain"
        kind = "pretraining"
        flop = "4e24..8e24"
        duration = 100
        [[stage]]
        name = "again"
        kind = "continued-pretraining"
        flop = 5e24
        duration = 50
        pause = 10
        happens = "30%"
        [[stage]]
        name = "last"
        kind = "continued-pretraining"
        flop = 1e23
        duration = 1
        """
        stages = {stage.name: stage for stage in timeline(loaded(text), tolerance=1e-2).stages}
        assert stages["again"].begins[0.05] == stages["again"].begins[0.95]
        days = [
            (day - stages["again"].begins[0.5]).days
            for day in (stages["last"].begins[0.25], stages["last"].begins[0.95])
        ]
        assert days == [-10, 50]


class TestEither:
    def test_it_is_the_weighted_sum_of_two_plans(self):
        stage = {"either": [ONE | {"probability": "65%"}, OTHER | {"probability": "35%"}], "rework": "3%"}
        same(chances(stage), (0.65, chances(ONE | {"rework": "3%"})), (0.35, chances(OTHER | {"rework": "3%"})))

    def test_machines_differ_in_what_the_stage_does_not_say(self):
        """The prior of a chip and a format is read with the one score of the stage."""
        one, other = (
            {key: value for key, value in machine.items() if key != "utilization"} for machine in (ONE, OTHER)
        )
        same(
            chances({"either": [one | {"probability": 0.5}, other | {"probability": 0.5}]}),
            (0.5, chances(one)), (0.5, chances(other)),
        )  # fmt: skip

    def test_what_the_machine_takes_is_what_either_takes(self):
        plan = plan_of({"either": [ONE | {"probability": 0.5}, OTHER | {"probability": 0.5}]})
        found = {one.name: one for one in derived_of(plan, compile_plan(plan).entries)}
        assert {"chip_hours", "duration", "energy", "cost"} <= set(found)
        for one in found.values():
            cases = [
                factor.transform.index for term in one.terms for factor in term if factor.name == "pretrain.either"
            ]
            assert sorted(set(cases)) == [0, 1], one.name
        assert "weighted_peak" not in found

    def test_beside_tokens_it_implies_a_utilization_of_either(self):
        tokens = {"params": "70B", "tokens": "10T"}
        plan = plan_of(tokens | {"either": [ONE | {"probability": 0.5}, OTHER | {"probability": 0.5}]})
        found = next(one for one in compile_plan(plan).derived if one.name == "utilization")
        assert len(found.terms) == 2

    def test_it_agrees_with_random_draws_together_with_all_else(self):
        mixed = {
            "dist": "mixture",
            "parts": ["50..60", {"dist": "uniform", "low": 60, "high": 90}],
            "weights": [0.5, 0.5],
        }
        agrees(
            {"either": [ONE | {"probability": 0.7, "days": mixed}, OTHER | {"probability": 0.3}], "rework": "2%..4%"},
            MORE | {"params": "60B..90B", "happens": "40%"},
        )  # fmt: skip


def test_amounts_with_indicators_are_quantiles_of_the_mixture():
    plan = plan_of(SIZE | {"tokens": MIXED})
    naive = Naive({"stage": [{"name": "pretrain", "kind": "pretraining", **SIZE, "tokens": MIXED}]}, 100_000, seed=5)
    found = answer(SIZE | {"tokens": MIXED}).total
    drawn_ = np.quantile(naive.entries[0].flop, [0.05, 0.5, 0.95])
    assert [found.low, found.median, found.high] == pytest.approx(drawn_, rel=0.01)
    assert plan.plan.stage[0].tokens.dist == "mixture"

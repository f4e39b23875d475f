"""What holds between stages: dependence, law, shares, refusals."""

from __future__ import annotations

import numpy as np
import pytest
from building import EU, MACHINE, P1, SMALL, answer, codes, compared, loaded, one

import flopline as fl
from flopline.engine import estimate
from flopline.errors import EngineError, FloplineError, PlanError, RegimeError
from flopline.plan.examples import FOLDER as EXAMPLES
from flopline.utilization import prior


class TestDependence:
    def test_a_shared_quantity_is_a_perfectly_correlated_one(self):
        shared = answer(
            {"params": "50B..90B", "tokens": "20T"},
            {"name": "more", "params": {"shares": "pretrain.params"}, "tokens": "20T"},
        )
        equal = answer(
            {"params": "50B..90B", "tokens": "20T"},
            {"name": "more", "params": "50B..90B", "tokens": "20T"},
            correlation=[{"between": ["pretrain.params", "more.params"], "rho": 1.0}],
        )
        apart = answer({"params": "50B..90B", "tokens": "20T"}, {"name": "more", "params": "50B..90B", "tokens": "20T"})
        assert shared.lines[EU].expected.probability == pytest.approx(equal.lines[EU].expected.probability, abs=1e-6)
        assert shared.total.high == pytest.approx(equal.total.high, rel=1e-6)
        assert apart.total.high < 0.97 * shared.total.high

    @pytest.mark.parametrize("rho", [-0.9, 0.0, 0.9])
    def test_correlation_acts_on_a_product(self, rho):
        """ln N and ln D are normal: the variance of their sum is a^2 + b^2 + 2 rho a b."""
        found = answer(
            {"params": {"dist": "lognormal", "median": "100B", "sigma": 0.3},
             "tokens": {"dist": "lognormal", "median": "10T", "sigma": 0.4}},
            correlation=[{"between": ["pretrain.params", "pretrain.tokens"], "rho": rho}],
        )  # fmt: skip
        sigma = np.sqrt(0.09 + 0.16 + 2 * rho * 0.12)
        assert np.log(found.total.high / found.total.low) == pytest.approx(2 * 1.6448536 * sigma, rel=1e-3)

    def test_splitting_a_stage_changes_no_probability(self):
        whole = answer({"params": "50B..90B", "tokens": "20T..30T"})
        split = answer(
            {"params": "50B..90B", "tokens": "20T..30T", "overhead": 0.25},
            {"name": "rest", "params": {"shares": "pretrain.params"}, "tokens": {"shares": "pretrain.tokens"},
             "overhead": 0.75},
        )  # fmt: skip
        for line in compared(whole):
            for (_, before), (_, after) in zip(line.readings(), split.lines[line.id].readings(), strict=True):
                assert after.probability == pytest.approx(before.probability, abs=1e-9)
                assert after.amount.high == pytest.approx(before.amount.high, rel=1e-6)

    def test_default_utilizations_of_two_stages_correlate(self):
        """Rule 24: independent draws per stage would make uncertainty vanish."""
        whole = answer(MACHINE).total
        halves = answer(MACHINE | {"days": 5}, MACHINE | {"name": "two", "days": 5}).total
        shared = prior(chip="h100-sxm").plan_share
        spread = np.log(halves.high / halves.low) / np.log(whole.high / whole.low)
        assert spread == pytest.approx(np.sqrt((1 + shared) / 2), rel=0.02)

    def test_contradicting_correlations_are_refused(self):
        stages = [{"name": name, "flop": "1e24..2e24"} for name in "abc"]
        pairs = [("a", "b", 0.9), ("b", "c", 0.9), ("a", "c", -0.9)]
        correlation = [{"between": [f"{one}.flop", f"{two}.flop"], "rho": rho} for one, two, rho in pairs]
        with pytest.raises(PlanError, match="contradict") as refused:
            answer(*stages, correlation=correlation)
        assert refused.value.code == "E333"

    def test_too_large_a_plan_is_refused_in_words(self):
        period = {"hardware": "h100-sxm", "format": "bf16", "chip_hours": "1M..2M", "utilization": 0.4}
        stages = [{"name": f"s{index}", "period": [period] * 64} for index in range(24)]
        with pytest.raises(EngineError, match="the engine takes"):
            answer(*stages)


class TestLaw:
    def test_a_stage_after_placement_is_training_after_deployment(self):
        found = answer(
            {"flop": "1e25"}, {"name": "later", "kind": "continued-pretraining", "flop": "1e25", "phase": "after"}
        )
        line = found.lines[EU]
        assert [reading.amount.median for _, reading in line.readings()] == [1e25, 2e25, 2e25]

    def test_an_unknown_word_of_the_law_is_disputed_never_no(self):
        """Rule 2."""
        found = answer({"name": "rl", "kind": "reinforcement-learning", "flop": "1e27"})
        for line in compared(found):
            if not line.id.startswith("eu-ai-act/gpai"):
                assert line.narrow.probability < line.expected.probability == 1.0

    def test_actors_are_on_the_entries(self):
        for actor in ("own", "on-behalf", "affiliate", "other"):
            assert one(answer({"flop": "1e25", "actor": actor})).actor == actor


def test_stage_shares_add_up_to_one():
    found = estimate(
        loaded(
            """
            [[stage]]
            name = "pretrain"
            kind = "pretraining"
            params = "70B"
            tokens = "10T..20T"
            rework = "1%..5%"

            [[stage]]
            name = "books"
            kind = "synthetic-data"
            generator = { params = "405B" }
            tokens_generated = "1T..3T"

            [[stage]]
            name = "judge"
            kind = "evaluation"
            params = "70B"
            tokens = "1T"
            """
        )
    )
    assert sum(stage.share for stage in found.stages) == pytest.approx(1.0)
    assert found.stages[2].share == 0.0


def test_what_the_engine_refuses_has_a_place_in_the_plan():
    text = '\n[[stage]]\nname = "rl"\nkind = "fine-tuning"\ntrainable = "lm_head"\ntokens = "1B"\nseq_len = 128\n'
    config = "\n".join(f"{key} = {value!r}" for key, value in SMALL.items())
    with pytest.raises(FloplineError) as refused:
        estimate(loaded(f"{text}\n[model.config]\n{config}\n"))
    assert refused.value.place is not None
    assert (refused.value.place.file, refused.value.place.line) == ("plan.toml", 6)


def test_an_unknown_line_is_refused_with_the_nearest_one():
    found = answer({"flop": "1e25"})
    with pytest.raises(RegimeError) as refused:
        found.lines["eu-ai-act/systemic-risks"]
    assert refused.value.hint == "did you mean `eu-ai-act/systemic-risk`?"
    assert found.lines[0].id == next(iter(found.lines)).id


def test_a_config_with_prediction_modules_asks_whether_they_are_trained():
    deepseek = {"config": str(EXAMPLES / "deepseek-v3.json"), "tokens": "14.8T", "seq_len": 4096}
    assert "W118" in codes(answer(deepseek))
    assert "W118" not in codes(answer(deepseek | {"mtp": False}))
    counted = answer(deepseek | {"mtp": True})
    assert "W118" not in codes(counted)
    assert counted.total.median == pytest.approx(3.86e24, rel=2e-3)


def test_a_modification_of_a_model_that_the_plan_does_not_have_is_said():
    tuned = {"name": "tune", "kind": "fine-tuning", "params": "70B", "tokens": "1B"}
    assert "W172" in codes(answer(tuned))
    assert "W172" not in codes(answer(tuned | {"base": {"name": "theirs", "developer": "other", "flop": "1e24"}}))
    assert "W172" not in codes(answer({"params": "70B", "tokens": "15T"}, tuned))
    assert "W172" not in codes(answer({"params": "70B", "tokens": "15T"}))


def test_a_correlation_of_one_number_is_said_to_do_nothing():
    plan = {"params": "70B", "tokens": "15T..17T"}
    between = [{"between": ["pretrain.params", "pretrain.tokens"], "rho": 0.5}]
    assert "W121" in codes(answer(plan, correlation=between))


def test_an_answer_has_the_same_bytes_after_a_compiled_question():
    plan = loaded(P1)
    before = estimate(plan).to_dict()
    fl.exceedance(plan, 1e25, execution="compiled")
    assert estimate(plan).to_dict() == before


def test_the_second_question_about_a_plan_agrees_with_the_first():
    plan = loaded(P1)
    first, second = fl.exceedance(plan, 1e26), fl.exceedance(plan, 1e26)
    assert second.probability == pytest.approx(first.probability, rel=1e-12)


@pytest.mark.parametrize("level", [0, 1, 2, -1, float("nan"), "x", None])
def test_an_interval_needs_a_level_between_0_and_1(level):
    with pytest.raises(FloplineError, match="between"):
        answer({"params": "70B", "tokens": "15T"}).interval(level)


def test_an_output_that_a_law_does_not_know_is_named_with_the_nearest_one():
    found = answer({"params": "70B", "tokens": "15T"}, model={"generates": ["texts"]})
    (warning,) = [warning for warning in found.warnings if warning.code == "W704"]
    assert "`texts`" in warning.message
    assert "`text`" in (warning.hint or "")
    assert "W704" not in codes(answer({"params": "70B", "tokens": "15T"}, model={"generates": ["text", "code"]}))

"""What moves the answer: shares of the spread, and the pull of each input on a probability."""

from __future__ import annotations

import pytest
from building import answer, plan_of

from flopline.engine import estimate

RUN = {"params": {"dist": "lognormal", "median": "100B", "sigma": 0.3},
       "tokens": {"dist": "lognormal", "median": "16T", "sigma": 0.4}}  # fmt: skip
EU = "eu-ai-act/systemic-risk"


def by_name(found):
    return {driver.name: driver for driver in found.drivers}


def test_shares_of_a_product_are_its_variances():
    found = by_name(answer(RUN))
    assert found["pretrain.tokens"].variance_share == pytest.approx(0.16 / 0.25, rel=1e-3)
    assert found["pretrain.params"].variance_share == pytest.approx(0.09 / 0.25, rel=1e-3)


def test_they_belong_to_the_line_that_is_least_decided():
    found = answer(RUN)
    assert {driver.line for driver in found.drivers} == {EU}


def test_ten_per_cent_more_tokens_move_the_probability_as_the_answer_does():
    effect = by_name(answer(RUN))["pretrain.tokens"].effect
    more = RUN | {"tokens": {"dist": "lognormal", "median": "17.6T", "sigma": 0.4}}
    difference = answer(more).lines[EU].expected.probability - answer(RUN).lines[EU].expected.probability
    assert effect == pytest.approx(difference, rel=0.1)


def test_chips_and_utilization_pull_alike():
    stage = {"peak": "1 PFLOP/s", "chips": "9000..11000", "days": "40..45", "utilization": "25%..35%"}
    found = by_name(answer(stage))
    assert found["pretrain.chips"].effect == pytest.approx(found["pretrain.days"].effect, rel=1e-3)
    assert found["pretrain.utilization"].amount.unit == "share"


def test_what_no_reading_of_the_line_counts_does_not_drive_it():
    aside = {"name": "judge", "kind": "evaluation", "params": "70B", "tokens": "1T..100T"}
    assert "judge.tokens" not in by_name(answer(RUN, aside))


def test_a_line_without_uncertainty_is_not_asked_what_moves_it():
    """The first line of the list is certain here; another has an uncertain base in its count."""
    base = {"name": "b", "developer": "own", "flop": "5e24..2e25"}
    found = answer({"kind": "fine-tuning", "flop": "1e24", "base": base})
    assert found.lines["eu-ai-act/gpai"].narrow.error == 0.0
    assert list(by_name(found)) == ["pretrain.base.flop"]


def test_nothing_uncertain_means_no_drivers():
    assert answer({"params": "70B", "tokens": "15T"}).drivers == ()


def test_the_largest_share_comes_first():
    found = estimate(plan_of(RUN | {"overhead": "1.0001..1.01"})).drivers
    assert [driver.name for driver in found] == ["pretrain.tokens", "pretrain.params", "pretrain.overhead"]

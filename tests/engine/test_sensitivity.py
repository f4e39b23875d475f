"""What inputs do to P: closed forms, what knowing one of them settles, and which line is asked about."""

import numpy as np
import pytest
from building import loaded, plan_of
from large_inputs import LINE, ONE, SEVERAL
from scipy import stats

from flopline.engine import estimate
from flopline.engine.sensitivity import sensitivity
from flopline.errors import FloplineError


def test_a_product_of_lognormals_has_closed_forms():
    found = {one.name: one for one in sensitivity(loaded(ONE), line=LINE).inputs}
    short = np.log(1e25 / (6 * 70e9 * 20e12))
    one, other = found["pretrain.tokens"], found["model.params"]
    for known, at, rest in ((one, 0.3, 0.2), (other, 0.2, 0.3)):
        ends = [stats.norm.sf((short - at * z) / rest) for z in (-1.6448536, 1.6448536)]
        assert known.first_order == pytest.approx(at**2 / (at**2 + rest**2), abs=5 * known.first_order_error)
        assert known.total == pytest.approx(at**2 / (at**2 + rest**2), abs=5 * known.total_error)
        assert [known.at_low, known.at_high] == pytest.approx(ends, abs=2e-3)
        z = stats.norm.isf(0.05)
        settled = stats.norm.cdf((short - rest * z) / at) + stats.norm.sf((short + rest * z) / at)
        assert known.settles == pytest.approx(settled, abs=1e-3)


def test_the_effect_is_what_estimate_says():
    found = sensitivity(loaded(ONE), line=LINE)
    drivers = {driver.name: driver.effect for driver in estimate(loaded(ONE), tolerance=1e-3).drivers}
    assert {one.name: one.effect for one in found.inputs} == pytest.approx(drivers, rel=1e-6)


def test_what_would_settle_most_comes_first():
    found = sensitivity(loaded(ONE), line=LINE)
    assert [one.name for one in found.inputs] == ["pretrain.tokens", "model.params"]
    assert found.measurement is found.inputs[0]
    assert found["model.params"] is found.inputs[1]
    assert str(found).startswith(f"{LINE}: 31.4 % now")
    assert "knowing pretrain.tokens settles it with probability" in str(found)


def test_a_question_that_is_settled_needs_no_measurement():
    found = sensitivity(loaded(ONE.replace("20T", "5T")), line=LINE)
    assert found.settled
    assert found.measurement is None
    assert found.to_dict()["measurement"] is None
    assert str(found).endswith("settled")


def test_correlated_inputs_move_along():
    """ln tokens and ln params with rho = -1/2, against the closed form of jointly normal logarithms."""
    text = ONE + '\n[[correlation]]\nbetween = ["model.params", "pretrain.tokens"]\nrho = -0.5\n'
    found = sensitivity(loaded(text), line=LINE)
    short = np.log(1e25 / (6 * 70e9 * 20e12))
    one = found["pretrain.tokens"]
    pull, rest = 0.3 - 0.5 * 0.2, 0.2 * np.sqrt(0.75)
    ends = [stats.norm.sf((short - pull * z) / rest) for z in (-1.6448536, 1.6448536)]
    assert [one.at_low, one.at_high] == pytest.approx(ends, abs=2e-3)
    variance = 0.3**2 + 0.2**2 - 0.5 * 2 * 0.06
    assert one.first_order == pytest.approx(pull**2 / variance, abs=5 * one.first_order_error)
    assert one.total == pytest.approx(0.09 * 0.75 / variance, abs=5 * one.total_error)


def test_what_is_left_is_one_less_the_first_order_index():
    found = sensitivity(loaded(ONE), line=LINE).inputs[0]
    short, z = np.log(1e25 / (6 * 70e9 * 20e12)), np.random.default_rng(1).standard_normal(400_000)
    inside = stats.norm.sf((short - 0.3 * z) / 0.2)
    p = inside.mean()
    assert found.remaining == pytest.approx(1 - inside.var() / (p * (1 - p)), abs=5e-3)


def test_a_stage_that_may_not_happen_settles_what_it_decides():
    """If it runs (30 %) the line is crossed for sure; if not, tokens still decide."""
    text = ONE + '\n[[stage]]\nname = "again"\nkind = "continued-pretraining"\ntokens = "60T..70T"\nhappens = "30%"\n'
    found = sensitivity(loaded(text), line=LINE)
    assert found["again.happens"].settles == pytest.approx(0.3, abs=1e-9)
    assert found["again.happens"].at_low == pytest.approx(1.0, abs=1e-3)
    assert found["again.happens"].low == found["again.happens"].high == 0.3
    assert found.indices_of == "ln total"
    assert found["again.happens"].effect == 0.0


def test_where_nothing_may_happen_at_all_the_amount_is_shared_out():
    text = ONE.replace('name = "pretrain"', 'name = "pretrain"\nhappens = "70%"')
    found = sensitivity(loaded(text), line=LINE)
    assert found.indices_of == "total"
    assert all(np.isfinite([one.first_order, one.total]).all() for one in found.inputs)


def test_the_line_nearest_to_one_half_is_asked_about():
    found = sensitivity(loaded(SEVERAL))
    assert found.line == LINE
    assert str(found.line) in str(found)
    assert found.to_dict()["inputs"][0]["name"] == found.inputs[0].name


@pytest.mark.parametrize("line", ["nosuch/line", "eu-ai-act/modifier"])
def test_a_line_without_this_answer_is_refused(line):
    with pytest.raises(FloplineError):
        sensitivity(loaded(ONE), line=line)


def test_a_line_without_uncertainty_is_not_asked_what_moves_it():
    """Korea's line surely counts the tuning alone, which is certain; whether the base too is disputed."""
    base = {"name": "b", "developer": "own", "flop": "5e24..2e25"}
    plan = plan_of({"kind": "fine-tuning", "flop": "1e24", "base": base})
    for reading in ("narrow", "expected"):
        found = sensitivity(plan, reading=reading)
        assert [one.name for one in found.inputs] == ["pretrain.base.flop"]
    with pytest.raises(FloplineError, match="nothing that `kr-ai-basic-act/safety` counts"):
        sensitivity(plan, line="kr-ai-basic-act/safety", reading="narrow")


def test_without_uncertainty_there_is_nothing_to_say():
    with pytest.raises(FloplineError):
        sensitivity(loaded(ONE.replace('{ dist = "lognormal", median = "70B", sigma = 0.2 }', '"70B"').replace(
            '{ dist = "lognormal", median = "20T", sigma = 0.3 }', '"20T"')), line=LINE)  # fmt: skip

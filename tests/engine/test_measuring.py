"""What a measurement knows: the value of a mixture, and with it the odds of its parts, against Bayes's rule."""

import numpy as np
import pytest
from building import loaded
from large_inputs import LINE, ONE
from scipy import optimize, stats

from flopline.engine.compiled_plans import compiled
from flopline.engine.measuring import measurements
from flopline.engine.sensitivity import sensitivity
from naive.engine import log_x

Z = stats.norm.isf(0.05)
PARTS = ((0.7, np.log(16e12), 0.05), (0.3, np.log(26e12), 0.1))
MIXED = ONE.replace(
    'tokens = { dist = "lognormal", median = "20T", sigma = 0.3 }',
    """tokens = { dist = "mixture", weights = ["70%", "30%"], parts = [
  { dist = "lognormal", median = "16T", sigma = 0.05 }, { dist = "lognormal", median = "26T", sigma = 0.1 }] }""",
)


def below(log_x, parts=PARTS):
    return sum(weight * stats.norm.cdf((log_x - middle) / sigma) for weight, middle, sigma in parts)


def point(p):
    return optimize.brentq(lambda log_x: below(log_x) - p, 25.0, 35.0)


def test_a_mixture_is_one_input_known_by_its_value():
    found = sensitivity(loaded(MIXED), line=LINE)
    assert {one.name for one in found.inputs} == {"model.params", "pretrain.tokens"}
    one = found["pretrain.tokens"]
    rest = np.log(1e25 / (6 * 70e9))
    ends = [stats.norm.sf((rest - point(p)) / 0.2) for p in (0.05, 0.95)]
    assert [one.at_low, one.at_high] == pytest.approx(ends, abs=2e-3)
    settled = below(rest - 0.2 * Z) + 1 - below(rest + 0.2 * Z)
    assert one.settles == pytest.approx(settled, abs=2e-3)
    x = np.concatenate([middle + sigma * stats.norm.ppf((np.arange(int(1e5 * weight)) + 0.5) / int(1e5 * weight))
                        for weight, middle, sigma in PARTS])  # fmt: skip
    p = stats.norm.sf((rest - x) / 0.2)
    assert one.remaining == pytest.approx((p * (1 - p)).mean() / (p.mean() * (1 - p.mean())), abs=5e-3)
    spread = [weight * (middle - rest) for weight, middle, _ in PARTS]
    mean = sum(spread)
    variance = sum(weight * (sigma**2 + (middle - rest - mean) ** 2) for weight, middle, sigma in PARTS)
    assert one.first_order == pytest.approx(variance / (variance + 0.04), abs=0.02)


def test_the_odds_of_the_parts_are_those_of_bayes():
    """Inside the parts the tokens are correlated with the parameters, so that it matters which part it is."""
    text = MIXED.replace('median = "26T", sigma = 0.1', 'median = "18T", sigma = 0.2') + (
        '\n[[correlation]]\nbetween = ["model.params", "pretrain.tokens"]\nrho = 0.8\n'
    )
    parts = ((0.7, np.log(16e12), 0.05), (0.3, np.log(18e12), 0.2))
    log_x = optimize.brentq(lambda value: below(value, parts) - 0.95, 25.0, 35.0)
    odds = [weight * stats.norm.pdf((log_x - middle) / sigma) / sigma for weight, middle, sigma in parts]
    places = [(log_x - middle) / sigma for _, middle, sigma in parts]
    over = [stats.norm.sf((np.log(1e25 / (6 * 70e9)) - log_x - 0.16 * z) / (0.2 * 0.6)) for z in places]
    expected = np.dot(odds, over) / sum(odds)
    assert sensitivity(loaded(text), line=LINE)["pretrain.tokens"].at_high == pytest.approx(expected, abs=2e-3)


def test_parts_that_do_not_touch_have_odds_everywhere():
    text = MIXED.replace('"16T", sigma = 0.05', '"2T", sigma = 0.01')
    arrays = compiled(loaded(text))
    one = next(one for one in measurements(arrays, range(len(arrays.scores))) if one.parts)
    odds, _ = one._odds(np.linspace(-5.0, 5.0, 1001))
    assert np.allclose(odds.sum(axis=0), 1.0)
    assert np.all((odds >= 0.0) & (odds <= 1.0))


def test_a_share_read_the_other_way_round_has_the_same_odds():
    text = ONE + """rework = { dist = "mixture", weights = ["50%", "50%"], parts = ["1%..3%", "4%..9%"] }\n"""
    arrays = compiled(loaded(text))
    one = next(one for one in measurements(arrays, range(len(arrays.scores))) if one.parts)
    odds, inside = one._odds(np.array([-1.5, 1.5]))
    assert odds[0, 0] > 0.99
    assert odds[1, 1] > 0.99
    column = next(k for k, variable in enumerate(arrays.variables) if variable.amount == one.variable.part_of.parts[0])
    share = np.exp(log_x(arrays.problem, column, inside[0, 0]))
    assert 0.01 < share / (1 + share) < 0.03


def test_a_part_that_is_one_value_leaves_two_inputs():
    text = MIXED.replace('{ dist = "lognormal", median = "26T", sigma = 0.1 }', '"26T"')
    names = {one.name for one in sensitivity(loaded(text), line=LINE).inputs}
    assert names == {"model.params", "pretrain.tokens", "pretrain.tokens (which part)"}

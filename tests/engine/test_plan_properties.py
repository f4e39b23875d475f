"""What must hold of any plan: more of an input crosses more often; order, splitting and naming change nothing."""

from __future__ import annotations

import pytest
from building import EU, answer, plan_of
from hypothesis import given, settings
from hypothesis import strategies as st

import flopline as fl

FEW = settings(max_examples=8, deadline=None)


@st.composite
def literals(draw, low, high):
    """Return an amount of any form between two ends, and the same times a factor."""
    first = draw(st.floats(low, high / 2))
    second = first * draw(st.floats(1.05, 2.0))
    form = draw(st.sampled_from(["interval", "pert", "times", "uniform", "choice", "quantiles"]))

    def at(factor):
        a, b = first * factor, second * factor
        middle = (a * b) ** 0.5
        return {
            "interval": f"{a:.12e}..{b:.12e}",
            "pert": f"{a:.12e} .. {middle:.12e} .. {b:.12e}",
            "times": f"{middle:.12e} x/ {second / first:.9f}",
            "uniform": {"dist": "uniform", "low": a, "high": b},
            "choice": {"dist": "choice", "values": [a, b], "weights": [0.4, 0.6]},
            "quantiles": {"dist": "quantiles", "p": [0.1, 0.5, 0.9], "x": [a, middle, b]},
        }[form]

    return at


@st.composite
def stages(draw):
    """Return stages of two uncertain inputs each, as functions of what multiplies the first one's tokens."""
    count = draw(st.integers(1, 3))
    return [(f"s{index}", draw(literals(4e10, 2e11)), draw(literals(4e12, 4e13))) for index in range(count)]


def tables(of, *, params=1.0, tokens=1.0):
    return [
        {"name": name, "params": size(params if index == 0 else 1.0), "tokens": amount(tokens if index == 0 else 1.0)}
        for index, (name, size, amount) in enumerate(of)
    ]


def crossing(*of, **keys):
    return answer(*of, **keys).lines[EU].expected


@FEW
@given(stages(), st.floats(1.02, 1.5))
def test_more_of_what_multiplies_crosses_more_often(of, more):
    before = crossing(*tables(of))
    for after in (crossing(*tables(of, params=more)), crossing(*tables(of, tokens=more))):
        assert after.probability >= before.probability - 5 * (before.error + after.error)


@FEW
@given(stages(), st.randoms(use_true_random=False))
def test_the_order_of_stages_changes_nothing(of, random):
    one = answer(*tables(of))
    shuffled = tables(of)
    random.shuffle(shuffled)
    other = answer(*shuffled)
    before, after = one.lines[EU].expected, other.lines[EU].expected
    assert after.probability == pytest.approx(before.probability, abs=5 * (before.error + after.error) + 1e-9)
    assert other.total.median == pytest.approx(one.total.median, rel=2e-3)


@FEW
@given(stages(), st.floats(0.1, 0.9))
def test_splitting_a_stage_with_shared_draws_changes_nothing(of, share):
    first, *rest = tables(of)
    parts = [
        first | {"overhead": share},
        {"name": "part", "params": {"shares": "s0.params"}, "tokens": {"shares": "s0.tokens"}, "overhead": 1 - share},
    ]
    one, other = crossing(first, *rest), crossing(*parts, *rest)
    assert other.probability == pytest.approx(one.probability, rel=1e-6, abs=1e-9)


@FEW
@given(literals(4e10, 2e11), literals(4e12, 4e13))
def test_a_shared_draw_is_a_perfect_correlation(size, tokens):
    own = {"name": "s0", "params": size(1.0), "tokens": tokens(1.0)}
    shared = crossing(own, own | {"name": "s1", "params": {"shares": "s0.params"}, "tokens": "5T"})
    pair = {"between": ["s0.params", "s1.params"], "rho": 1.0}
    correlated = crossing(own, own | {"name": "s1", "tokens": "5T"}, correlation=[pair])
    errors = 5 * (shared.error + correlated.error)
    assert correlated.probability == pytest.approx(shared.probability, abs=errors + 1e-6)


@FEW
@given(literals(4e10, 2e11), st.floats(4e12, 4e13))
def test_a_point_mass_is_its_value(size, tokens):
    def of(amount):
        return crossing({"name": "s0", "params": size(1.0), "tokens": amount})

    fixed = of(tokens)
    same = of({"dist": "samples", "values": [tokens, tokens]})
    narrow = of({"dist": "lognormal", "median": tokens, "sigma": 1e-9})
    mixed = of({"dist": "mixture", "parts": [tokens, tokens], "weights": [0.3, 0.7]})
    for one in (same, narrow, mixed):
        assert one.probability == pytest.approx(fixed.probability, abs=5 * (one.error + fixed.error) + 1e-6)


@FEW
@given(stages(), st.floats(0.2, 5.0))
def test_scaling_every_size_scales_every_quantile(of, k):
    sizes = [{"name": name, "params": size(1.0), "tokens": amount(1.0)} for name, size, amount in of]
    scaled = [{"name": name, "params": size(k), "tokens": amount(1.0)} for name, size, amount in of]
    one, other = answer(*sizes).total, answer(*scaled).total
    for part in ("low", "median", "high"):
        assert getattr(other, part) == pytest.approx(k * getattr(one, part), rel=1e-6)


@pytest.mark.parametrize("execution", ["plain", "compiled"])
def test_one_question_and_many_give_the_same(execution):
    plan = plan_of({"name": "s0", "params": "60B..80B", "tokens": "15T..30T"})
    alone, among = (fl.exceedance(plan, lines, execution=execution) for lines in ([1e25], [1e24, 1e25, 1e26]))
    assert alone[0] == among[1]

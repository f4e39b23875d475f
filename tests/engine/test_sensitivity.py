"""What inputs do to P: conditional problems against draws and closed forms, and what knowing an input settles."""

import numpy as np
import pytest
from building import loaded
from large_inputs import LINE, ONE, SEVERAL
from scipy import stats

from flopline.engine.conditioning import conditioned
from flopline.engine.exceedance import exceedance, scenarios
from flopline.engine.sensitivity import sensitivity
from flopline.errors import FloplineError
from naive.engine import atoms, lognormal, problem, totals, uniform

CORRELATED = problem(
    [lognormal(2.0, 0.5), uniform(1.0, 4.0), atoms([1.0, 2.0, 6.0], [0.5, 0.3, 0.2]), lognormal(1.0, 0.3)],
    [(1.0, {0: 1, 1: 1}), (0.5, {2: 1, 3: -1})],
    np.array([[1.0, 0.6, 0.3, 0.0], [0.6, 1.0, 0.2, 0.0], [0.3, 0.2, 1.0, -0.4], [0.0, 0.0, -0.4, 1.0]]),
)
MASK = np.ones((1, 2), dtype=bool)


def given(of, score, places, threshold):
    return np.concatenate(
        [
            scenarios(rest, scales, MASK, np.array([threshold]), tolerance=1e-4, execution="plain").probability[:, 0]
            for rest, scales in conditioned(of, score, np.asarray(places))
        ]
    )


@pytest.mark.parametrize("score", [0, 1, 2, 3])
def test_averaged_over_what_is_known_the_probability_is_that_of_not_knowing(score):
    nodes = np.linspace(-5.5, 5.5, 45)
    weights = stats.norm.pdf(nodes)
    p = given(CORRELATED, score, nodes, 7.0)
    today = exceedance(CORRELATED, MASK, np.array([7.0]), tolerance=1e-5, execution="plain").probability[0]
    tolerance = 2e-2 if score == 2 else 5e-4  # the quadrature is poor where P jumps
    assert weights @ p / weights.sum() == pytest.approx(today, abs=tolerance)


@pytest.mark.parametrize("score", [0, 1, 2, 3])
@pytest.mark.parametrize("z", [-1.3, 0.8])
def test_a_known_score_leaves_what_draws_around_it_show(score, z):
    correlation = CORRELATED.cholesky @ CORRELATED.cholesky.T
    rho = correlation[:, score]
    left = correlation - np.outer(rho, rho)
    share, vectors = np.linalg.eigh(left)
    draws = np.random.default_rng(3).standard_normal((200_000, 4))
    scores = rho * z + draws @ (vectors * np.sqrt(np.maximum(share, 0.0))).T
    normals = np.linalg.solve(CORRELATED.cholesky, scores.T).T
    expected = (totals(CORRELATED, MASK[0], normals) > 7.0).mean()
    assert given(CORRELATED, score, [z], 7.0)[0] == pytest.approx(expected, abs=4 * np.sqrt(0.25 / 200_000) + 2e-4)


def test_a_perfectly_correlated_input_is_known_too():
    of = problem([lognormal(1.0, 0.4), lognormal(1.0, 0.4)], [(1.0, {0: 1}), (1.0, {1: 1})], np.eye(2))
    of = of._replace(cholesky=np.array([[1.0, 0.0], [1.0, 0.0]]))
    assert given(of, 0, [0.5], 2.0 * np.exp(0.2) * 0.999)[0] == 1.0
    assert given(of, 0, [0.5], 2.0 * np.exp(0.2) * 1.001)[0] == 0.0


def test_a_product_of_lognormals_has_closed_forms():
    found = {one.name: one for one in sensitivity(loaded(ONE), line=LINE).inputs}
    short = np.log(1e25 / (6 * 70e9 * 20e12))
    one, other = found["pretrain.tokens"], found["model.params"]
    for known, at, rest in ((one, 0.3, 0.2), (other, 0.2, 0.3)):
        ends = [stats.norm.sf((short - at * z) / rest) for z in (-1.6448536, 1.6448536)]
        assert [known.at_low, known.at_high] == pytest.approx(ends, abs=2e-3)
        z = stats.norm.isf(0.05)
        settled = stats.norm.cdf((short - rest * z) / at) + stats.norm.sf((short + rest * z) / at)
        assert known.settles == pytest.approx(settled, abs=5e-3)
    assert sensitivity(loaded(ONE), line=LINE).inputs[0].name == "pretrain.tokens"


def test_what_is_left_is_one_less_the_first_order_index():
    found = sensitivity(loaded(ONE), line=LINE).inputs[0]
    short, z = np.log(1e25 / (6 * 70e9 * 20e12)), np.random.default_rng(1).standard_normal(400_000)
    inside = stats.norm.sf((short - 0.3 * z) / 0.2)
    p = inside.mean()
    assert found.remaining == pytest.approx(1 - inside.var() / (p * (1 - p)), abs=5e-3)


def test_a_stage_that_may_not_happen_settles_what_it_decides():
    text = ONE.replace("20T", "10T") + (
        '\n[[stage]]\nname = "again"\nkind = "continued-pretraining"\ntokens = "60T..70T"\nhappens = "30%"\n'
    )
    found = {one.name: one for one in sensitivity(loaded(text), line=LINE).inputs}
    assert found["again.happens"].settles == pytest.approx(1.0, abs=1e-6)
    assert found["again.happens"].remaining < 0.1


def test_the_line_nearest_to_one_half_is_asked_about():
    found = sensitivity(loaded(SEVERAL))
    assert found.line == LINE
    assert found.to_dict()["inputs"][0]["name"] == found.inputs[0].name


@pytest.mark.parametrize("line", ["nosuch/line", "eu-ai-act/modifier"])
def test_a_line_without_this_answer_is_refused(line):
    with pytest.raises(FloplineError):
        sensitivity(loaded(ONE), line=line)


def test_without_uncertainty_there_is_nothing_to_say():
    with pytest.raises(FloplineError):
        sensitivity(loaded(ONE.replace('{ dist = "lognormal", median = "70B", sigma = 0.2 }', '"70B"').replace(
            '{ dist = "lognormal", median = "20T", sigma = 0.3 }', '"20T"')), line=LINE)  # fmt: skip

"""Quantile functions against SciPy over the whole range of probabilities, and against their own mirror image."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy import interpolate, special, stats

from flopline.distributions import (
    Beta,
    LogitNormal,
    Lognormal,
    Loguniform,
    Normal,
    Pert,
    Quantiles,
    Samples,
    Triangular,
    Uniform,
    at_score,
    interval,
    median,
    quantile,
)
from flopline.errors import QuantityError
from naive.distributions import empirical_quantile

TINY = 10.0 ** np.linspace(-300, -1, 80)
MIDDLE = np.linspace(0.1, 0.9, 17)
UPPER = 1 - 10.0 ** np.linspace(-15.9, -1, 40)
EVERYWHERE = np.concatenate([TINY, MIDDLE, UPPER, [1 - 1e-16]])
PRECISE = 1e-12

lows = st.floats(0.0, 1e3)
widths = st.floats(1e-3, 1e6)
shares = st.floats(0.0, 1.0)
few = settings(max_examples=25)


@few
@given(median=st.floats(1e-3, 1e25), sigma=st.floats(1e-3, 3.0))
def test_lognormal(median, sigma):
    expected = median * np.exp(sigma * special.ndtri(EVERYWHERE))
    np.testing.assert_allclose(quantile(Lognormal(median=median, sigma=sigma), EVERYWHERE), expected, rtol=PRECISE)


@few
@given(median=st.floats(0.01, 0.99), sigma=st.floats(1e-3, 3.0))
def test_logit_normal(median, sigma):
    expected = special.expit(special.logit(median) + sigma * special.ndtri(EVERYWHERE))
    np.testing.assert_allclose(quantile(LogitNormal(median=median, sigma=sigma), EVERYWHERE), expected, rtol=PRECISE)


@few
@given(low=lows, width=widths)
def test_uniform(low, width):
    d = Uniform(low=low, high=low + width)
    expected = stats.uniform(d.low, d.high - d.low).ppf(EVERYWHERE)
    np.testing.assert_allclose(quantile(d, EVERYWHERE), expected, rtol=PRECISE)


@few
@given(low=st.floats(1e-3, 1e3), ratio=st.floats(1.01, 1e6))
def test_loguniform(low, ratio):
    d = Loguniform(low=low, high=low * ratio)
    expected = d.low * (d.high / d.low) ** EVERYWHERE
    np.testing.assert_allclose(quantile(d, EVERYWHERE), expected, rtol=PRECISE)


@few
@given(low=lows, width=widths, at=st.floats(0.01, 1.0))
def test_triangular(low, width, at):
    d = Triangular(low=low, mode=low + at * width, high=low + width)
    expected = stats.triang((d.mode - d.low) / (d.high - d.low), d.low, d.high - d.low).ppf(EVERYWHERE)
    np.testing.assert_allclose(quantile(d, EVERYWHERE), expected, rtol=PRECISE)


@few
@given(low=lows, width=widths, at=shares)
def test_triangular_mirrors_itself(low, width, at):
    mode = low + at * width
    d = Triangular(low=low, mode=mode, high=low + width)
    mirror = Triangular(low=0, mode=min(d.high - d.mode, d.high - d.low), high=d.high - d.low)
    z = np.linspace(-9, 9, 37)
    np.testing.assert_allclose(d.high - at_score(mirror, -z), at_score(d, z), rtol=1e-12, atol=1e-14 * d.high)


def test_a_triangle_that_falls_from_zero_starts_like_half_its_probability():
    p = np.append(TINY, MIDDLE)
    expected = -np.expm1(0.5 * np.log1p(-p))
    np.testing.assert_allclose(quantile(Triangular(low=0, mode=0, high=1), p), expected, rtol=PRECISE)


@few
@given(a=st.floats(0.05, 1e5), b=st.floats(0.05, 1e5))
def test_beta(a, b):
    # SciPy's inverse is itself right only in the body; the far tails are checked by exact sums in the kernels' tests
    p = np.concatenate([TINY[TINY > 1e-12], MIDDLE])
    x = quantile(Beta(a=a, b=b), p)
    known = (x > 1e-300) & (x < 0.999)
    np.testing.assert_allclose(special.betainc(a, b, x)[known], p[known], rtol=1e-10 + 1e-14 * (a + b))


@few
@given(low=lows, width=widths, at=shares)
def test_pert_is_a_beta_distribution_with_mean_low_plus_4_mode_plus_high_over_6(low, width, at):
    d = Pert(low=low, mode=low + at * width, high=low + width)
    width, at = d.high - d.low, (d.mode - d.low) / (d.high - d.low)
    z = np.linspace(-9, 9, 19)
    unit = at_score(Beta(a=1 + 4 * at, b=1 + 4 * (d.high - d.mode) / width), z)
    np.testing.assert_allclose(at_score(d, z), d.low + width * unit, rtol=1e-12)


@few
@given(mean=st.floats(0.5, 1e6), relative=st.floats(0.01, 1.0))
def test_normal_is_conditioned_on_being_positive(mean, relative):
    d = Normal(mean=mean, sd=mean * relative)
    below = special.ndtr(-d.mean / d.sd)
    p = np.concatenate([[0.01, 0.02, 0.05], MIDDLE])
    np.testing.assert_allclose(quantile(d, p), d.mean + d.sd * special.ndtri(below + p * (1 - below)), rtol=1e-11)
    upper = d.mean - d.sd * special.ndtri((1 - below) * np.array([1e-300, 1e-16, 1e-3]))
    np.testing.assert_allclose(at_score(d, -special.ndtri([1e-300, 1e-16, 1e-3])), upper, rtol=PRECISE)


@pytest.mark.parametrize("ratio", [0.0, 0.5, 1.0, 3.0, 5.0])
def test_near_zero_a_normal_quantile_is_its_probability_over_the_density_at_zero(ratio):
    d = Normal(mean=ratio, sd=1.0)
    mass, density = special.ndtr(ratio), stats.norm.pdf(ratio)
    p = np.array([1e-250, 1e-100, 1e-20]) * density
    np.testing.assert_allclose(quantile(d, p), p * mass / density, rtol=1e-12)


@few
@given(st.lists(st.tuples(st.floats(0.01, 0.99), st.floats(1.0, 2.5)), min_size=2, max_size=8))
def test_quantiles_are_met_exactly_and_joined_as_scipy_joins_them(points):
    p, x = (sorted({round(value, 2) for value in values}) for values in zip(*points, strict=True))
    count = min(len(p), len(x))
    if count < 2:
        return
    d = Quantiles(p=tuple(p[:count]), x=tuple(x[:count]))
    np.testing.assert_array_equal(quantile(d, np.array(d.p)), d.x)
    scores, logs = special.ndtri(d.p), np.log(d.x)
    slopes = interpolate.PchipInterpolator(scores, logs).derivative()(scores) if count > 2 else np.zeros(2)
    chords = np.diff(logs) / np.diff(scores)
    slopes[0], slopes[-1] = chords[0], chords[-1]
    z = np.linspace(scores[0], scores[-1], 41)
    expected = np.exp(interpolate.CubicHermiteSpline(scores, logs, slopes)(z))
    np.testing.assert_allclose(at_score(d, z), expected, rtol=1e-11)


def test_two_quantiles_are_a_lognormal_distribution():
    d, twin = Quantiles(p=(0.05, 0.95), x=(17e12, 22e12)), Quantiles(p=(0.05, 0.5), x=(17e12, 374e24**0.5))
    p = EVERYWHERE
    z95 = special.ndtri(0.95)
    expected = (17e12 * 22e12) ** 0.5 * np.exp(np.log(22 / 17) / (2 * z95) * special.ndtri(p))
    np.testing.assert_allclose(quantile(d, p), expected, rtol=1e-12)
    np.testing.assert_allclose(quantile(twin, p), expected, rtol=1e-12)


@few
@given(
    values=st.lists(st.integers(1, 20), min_size=2, max_size=12),
    p=st.floats(0.001, 0.999),
)
def test_samples_give_the_smallest_value_whose_share_is_reached(values, p):
    d = Samples(values=tuple(float(value) for value in values))
    if abs(p * len(values) - round(p * len(values))) > 1e-9:
        assert quantile(d, p) == empirical_quantile(d.values, p)


CONTINUOUS = [
    Normal(mean=5, sd=1),
    Normal(mean=1, sd=1),
    Lognormal(median=1e13, sigma=0.3),
    Lognormal(median=1, sigma=0.3, min=2),
    LogitNormal(median=0.4, sigma=0.2, max=0.5),
    Uniform(low=0, high=3),
    Uniform(low=300, high=900, min=400),
    Loguniform(low=1, high=20),
    Triangular(low=0, mode=2, high=4),
    Triangular(low=0, mode=0, high=4),
    Triangular(low=1, mode=4, high=4, max=3.5),
    Pert(low=14, mode=21, high=30),
    Pert(low=0, mode=0, high=1),
    Beta(a=12, b=28),
    Beta(a=0.05, b=0.05),
    Beta(a=30, b=3, min=0.8, max=0.9),
    Quantiles(p=(0.05, 0.5, 0.95), x=(1, 2, 7)),
]


@pytest.mark.parametrize("d", CONTINUOUS, ids=repr)
def test_quantiles_increase_and_the_median_is_at_score_zero(d):
    x = at_score(d, np.linspace(-38, 38, 761))
    assert np.all(np.diff(x) >= -4e-16 * x[1:])
    assert at_score(d, 0.0) == median(d) == quantile(d, 0.5)


@pytest.mark.parametrize("d", CONTINUOUS, ids=repr)
@pytest.mark.parametrize("level", [0.5, 0.9, 0.999])
def test_an_interval_has_equal_tails(d, level):
    low, high = interval(d, level)
    assert (low, high) == pytest.approx(tuple(quantile(d, np.array([(1 - level) / 2, (1 + level) / 2]))), rel=1e-12)


@pytest.mark.parametrize("d", CONTINUOUS, ids=repr)
def test_shapes_are_kept(d):
    assert at_score(d, np.zeros((2, 3))).shape == (2, 3)
    assert at_score(d, 0.3).shape == ()


@pytest.mark.parametrize("d", [*CONTINUOUS, Samples(values=(3, 1, 2))], ids=repr)
def test_certain_probabilities_give_the_ends_of_the_support(d):
    low, high = quantile(d, np.array([0.0, 1.0]))
    assert 0 <= low <= quantile(d, 1e-300)
    assert high >= quantile(d, 1 - 1e-16)


@pytest.mark.parametrize("p", [-0.1, 1.1, float("nan")])
def test_what_is_no_probability_is_refused(p):
    with pytest.raises(QuantityError):
        quantile(Beta(a=2, b=2), p)


@pytest.mark.parametrize("level", [0.0, 1.0, float("nan")])
def test_what_is_no_level_is_refused(level):
    with pytest.raises(QuantityError):
        interval(Beta(a=2, b=2), level)

"""Every way of writing an amount, what it means in each dimension, and what is said about the rest."""

from __future__ import annotations

import math
import time

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from flopline.distributions import (
    Beta,
    Fixed,
    LogitNormal,
    Lognormal,
    Loguniform,
    Normal,
    Pert,
    Quantiles,
    Samples,
    Triangular,
    Uniform,
    interval,
    mass_below,
    median,
)
from flopline.errors import QuantityError
from flopline.literals import Shared, format_literal, parse_amount
from flopline.quantity import Dimension

TOKENS, COUNT, LENGTH, SHARE = Dimension.TOKENS, Dimension.COUNT, Dimension.LENGTH, Dimension.SHARE
DAYS, FACTOR, RATE, FLOP = Dimension.DAYS, Dimension.FACTOR, Dimension.RATE, Dimension.FLOP


def refusal(raw, dimension=TOKENS):
    with pytest.raises(QuantityError) as found:
        parse_amount(raw, dimension)
    return found.value


# Meaning


@pytest.mark.parametrize(
    ("raw", "dimension", "value"),
    [
        ("15T", TOKENS, 15e12),
        (15e12, TOKENS, 15e12),
        (8192, LENGTH, 8192),
        ("1.5B", COUNT, 1.5e9),
        ("35%", SHARE, 0.35),
    ],
)
def test_one_number_is_exact(raw, dimension, value):
    assert parse_amount(raw, dimension) == Fixed(value=value)


@pytest.mark.parametrize("text", ["17T..22T", "17T .. 22T", "17e12..22T", " 17T  ..22T "])
def test_two_dots_are_the_ends_of_90_per_cent_of_a_lognormal_distribution(text):
    d = parse_amount(text, TOKENS)
    assert isinstance(d, Lognormal)
    assert interval(d, 0.9) == pytest.approx((17e12, 22e12), rel=1e-13)
    assert median(d) == pytest.approx(math.sqrt(17 * 22) * 1e12, rel=1e-14)


def test_an_interval_of_a_share_stays_inside_0_and_1():
    d = parse_amount("35%..45%", SHARE)
    assert isinstance(d, LogitNormal)
    assert interval(d, 0.9) == pytest.approx((0.35, 0.45), rel=1e-13)
    assert interval(parse_amount("97%..99.9%", SHARE), 0.999999)[1] < 1


def test_an_interval_of_a_factor_is_lognormal():
    assert isinstance(parse_amount("1.0..1.2", FACTOR), Lognormal)


def test_three_values_are_low_mode_and_high():
    assert parse_amount("14 .. 21 .. 30", DAYS) == Pert(low=14, mode=21, high=30)
    assert parse_amount("0 .. 1% .. 5%", SHARE) == Pert(low=0, mode=0.01, high=0.05)


@pytest.mark.parametrize("text", ["19.3T x/ 1.14", "19.3T \N{MULTIPLICATION SIGN}/ 1.14", "19.3T x/1.14"])
def test_times_or_divided_by_holds_90_per_cent(text):
    d = parse_amount(text, TOKENS)
    assert median(d) == 19.3e12
    assert interval(d) == pytest.approx((19.3e12 / 1.14, 19.3e12 * 1.14), rel=1e-13)


@pytest.mark.parametrize(
    ("raw", "dimension", "d"),
    [
        ({"dist": "uniform", "low": 300, "high": "900"}, DAYS, Uniform(low=300, high=900)),
        ({"dist": "loguniform", "low": "1T", "high": "2T"}, TOKENS, Loguniform(low=1e12, high=2e12)),
        (
            {"dist": "triangular", "low": "0%", "mode": "1%", "high": "3%"},
            SHARE,
            Triangular(low=0, mode=0.01, high=0.03),
        ),
        ({"dist": "pert", "low": 14, "mode": 21, "high": 30}, DAYS, Pert(low=14, mode=21, high=30)),
        ({"dist": "normal", "mean": "15T", "sd": "2T"}, TOKENS, Normal(mean=15e12, sd=2e12)),
        ({"dist": "lognormal", "median": "15T", "sigma": 0.1}, TOKENS, Lognormal(median=15e12, sigma=0.1)),
        ({"dist": "beta", "a": 12, "b": 28, "max": "50%"}, SHARE, Beta(a=12, b=28, max=0.5)),
        ({"dist": "quantiles", "p": [0.1, 0.9], "x": ["1T", 2e12]}, TOKENS, Quantiles(p=(0.1, 0.9), x=(1e12, 2e12))),
        ({"dist": "samples", "values": ["1T", 2e12]}, TOKENS, Samples(values=(1e12, 2e12))),
        ({"dist": "samples", "values": [1, 2, 3, 4], "min": 2, "max": 3}, TOKENS, Samples(values=(2, 3))),
        ({"dist": "normal", "mean": "40%", "sd": "5%"}, SHARE, Normal(mean=0.4, sd=0.05, max=1)),
        (Beta(a=12, b=28), SHARE, Beta(a=12, b=28)),
    ],
)
def test_the_long_forms(raw, dimension, d):
    assert parse_amount(raw, dimension) == d


def test_a_long_interval_has_a_level_of_its_own():
    d = parse_amount({"dist": "interval", "low": "17T", "high": "22T", "level": 0.5, "max": "30T"}, TOKENS)
    assert interval(d.model_copy(update={"max": None}), 0.5) == pytest.approx((17e12, 22e12), rel=1e-13)
    assert d.max == 30e12
    assert parse_amount({"dist": "interval", "low": "17T", "high": "22T"}, TOKENS) == parse_amount("17T..22T", TOKENS)


def test_a_shared_quantity_is_a_reference():
    assert parse_amount({"shares": "pretrain.params"}, COUNT) == Shared(shares="pretrain.params")


def test_a_normal_distribution_keeps_what_it_loses_below_zero_for_the_plan_to_tell():
    d = parse_amount({"dist": "normal", "mean": 3, "sd": 1.5}, DAYS)
    assert mass_below(d, 0.0) == pytest.approx(0.0227501319481792, rel=1e-12)


def test_samples_may_be_a_million():
    values = np.linspace(1.0, 2.0, 1_000_000)
    assert len(parse_amount({"dist": "samples", "values": values}, FACTOR).values) == 1_000_000
    assert "more than" in refusal({"dist": "samples", "values": [1.5] * 1_000_001}).message


# Refusals


@pytest.mark.parametrize(
    ("text", "dimension", "hint"),
    [
        ("15..17T", TOKENS, "`15T..17T`"),
        ("17..22k", TOKENS, "`17k..22k`"),
        ("35..45%", SHARE, "`35%..45%`"),
        ("300..989 TFLOP/s", RATE, "`300 TFLOP/s..989 TFLOP/s`"),
        ("14 .. 21 .. 30T", TOKENS, "`14T..21T..30T`"),
    ],
)
def test_a_unit_that_stands_only_at_the_end_is_not_guessed_at(text, dimension, hint):
    assert hint in refusal(text, dimension).hint


@pytest.mark.parametrize(("text", "dimension"), [("500..12k", TOKENS), ("1e12..2T", TOKENS), ("60..80 days", DAYS)])
def test_a_unit_at_the_end_that_can_mean_only_one_thing_is_taken(text, dimension):
    assert isinstance(parse_amount(text, dimension), Lognormal)


@pytest.mark.parametrize(
    ("raw", "dimension", "message", "hint"),
    [
        ("22T..17T", TOKENS, "upside down", "`17T..22T`"),
        ("17T..22", TOKENS, "upside down", "`17T..22T`"),
        ("21 .. 14 .. 30", DAYS, "not in order", "`14..21..30`"),
        ("17T..17T", TOKENS, "equal", "one number: `17T`"),
        ("17T..", TOKENS, "neither", "`17T..22T`"),
        ("1..2..3..4", DAYS, "neither", "`14 .. 21 .. 30`"),
        ("1...2", DAYS, "neither", "`17T..22T`"),
        ("15T-17T", TOKENS, "unit", "`15T..17T`"),
        ("15T \N{EN DASH} 17T", TOKENS, "unit", "`15T..17T`"),
        ("15T to 17T", TOKENS, "unit", "`15T..17T`"),
        ("15T +/- 1T", TOKENS, "plus or minus", "`14T..16T`"),
        ("15T \N{PLUS-MINUS SIGN} 1T", TOKENS, "plus or minus", "x/"),
        ("40% x/ 1.1", SHARE, "share", "`35%..45%`"),
        ("19T x/ 0.9", TOKENS, "not above 1", "one number"),
        ("19T x/ 1.1 x/ 1.1", TOKENS, "more than one", "x/"),
        ("130%", SHARE, "share", "`35%`"),
        (35, SHARE, "share", "did you mean `35%`?"),
        ("0%", SHARE, "not positive", "leave the key out"),
        ("0..5%", SHARE, "not positive", "leave the key out"),
        ("90%..100%", SHARE, "share", "`35%`"),
        (0, TOKENS, "not positive", "leave the key out"),
        ("-15T", TOKENS, "not positive", "`15T`"),
        (3.5, COUNT, "not a whole number", "`16384`"),
        ("8.5", LENGTH, "not a whole number", "`8192`"),
        ([1, 2], TOKENS, "a list", "samples"),
        (True, TOKENS, "true or false", "`15T`"),
        (None, TOKENS, "nothing", "`15T`"),
        (math.nan, TOKENS, "not a finite number", "`15T`"),
        ({}, TOKENS, "needs `dist`", "`uniform`"),
        ({"dist": "unifrom", "low": 1, "high": 2}, DAYS, "`unifrom`", "did you mean `uniform`?"),
        ({"dist": "uniform", "lo": 1, "high": 2}, DAYS, "`lo`", "did you mean `low`?"),
        ({"dist": "uniform", "low": 1}, DAYS, "`high` is missing", "`low`, `high`"),
        ({"dist": "fixed", "value": 1}, DAYS, "`fixed`", "the number itself"),
        ({"dist": "lognormal", "median": "15T", "sigma": "0.1"}, TOKENS, "`sigma`: ", "without quotes"),
        ({"dist": "normal", "mean": 1, "sd": 1}, DAYS, "16 % of the normal", "lognormal"),
        ({"dist": "normal", "mean": 0.9, "sd": 0.05}, SHARE, "above 1", "`max = 1`"),
        ({"dist": "quantiles", "p": [0.1, 0.9], "x": [0.5, 0.9]}, SHARE, "above 1", "`max = 1`"),
        ({"dist": "lognormal", "median": "1T", "sigma": 0.1, "min": "9T"}, TOKENS, "leave nothing", "units"),
        ({"dist": "beta", "a": 12, "b": 28}, TOKENS, "between 0 and 1", "interval"),
        ({"dist": "samples", "values": [1]}, DAYS, "at least two", "["),
        ({"dist": "samples", "values": [1, -2]}, DAYS, "value 2: `-2` is not positive", "`54`"),
        ({"dist": "samples", "values": [0.5, 1.0]}, SHARE, "value 2", "`35%`"),
        ({"dist": "samples", "values": [1, 2], "min": 2}, DAYS, "leave 1 of the samples", "two"),
        ({"dist": "interval", "low": 1, "high": 2, "level": 1}, DAYS, "level", "0.9"),
        ({"dist": "interval", "low": 2, "high": 1}, DAYS, "not below", "exchange"),
        ({"shares": 3}, DAYS, "names no quantity", "pretrain.params"),
        ({"shares": "a.b", "dist": "uniform"}, DAYS, "`dist` cannot stand beside", "no distribution"),
        (Lognormal(median=0.9, sigma=1), SHARE, "above 1", "`max = 1`"),
    ],
)
def test_what_makes_no_sense_is_refused_with_a_hint(raw, dimension, message, hint):
    found = refusal(raw, dimension)
    assert message in found.message
    assert hint in found.hint


def test_availability_may_be_exactly_all_of_the_time():
    assert parse_amount("100%", SHARE) == Fixed(value=1)
    assert parse_amount(1, SHARE) == Fixed(value=1)


@pytest.mark.parametrize("piece", ["1", "..", "1..", "x/", " ", "-", "1-"])
def test_a_million_characters_are_refused_at_once(piece):
    start = time.process_time()
    refusal(piece * 1_000_000)
    assert time.process_time() - start < 0.5


PIECES = st.sampled_from(
    ["15", "17T", "35%", "..", " .. ", "x/", "1.14", "-", "e", ".", "k", "%", "T", " ", "+/-", "0", "\u0661"]
)
KEYS = st.sampled_from(
    ["dist", "low", "high", "mode", "level", "min", "max", "mean", "sd", "p", "x", "values", "shares", "a", "b"]
)
VALUES = st.one_of(
    st.sampled_from(["uniform", "normal", "interval", "samples", "quantiles", "beta", "pert", "17T", "35%", "1..2"]),
    st.floats(),
    st.integers(-5, 5),
    st.lists(st.floats(0, 1), max_size=3),
    st.none(),
)


@settings(max_examples=400)
@given(
    raw=st.lists(PIECES, max_size=8).map("".join) | st.text(max_size=20) | st.dictionaries(KEYS, VALUES, max_size=5),
    dimension=st.sampled_from(Dimension),
)
def test_anything_is_a_distribution_or_a_quantity_error(raw, dimension):
    try:
        d = parse_amount(raw, dimension)
    except QuantityError:
        return
    assert isinstance(d, Shared) or (median(d) > 0 and parse_amount(d, dimension) == d)


# Writing


@pytest.mark.parametrize(
    ("raw", "dimension"),
    [
        ("15T", TOKENS),
        ("17T..22T", TOKENS),
        ("19.3T x/ 1.14", TOKENS),
        ("35%..45%", SHARE),
        ("14 .. 21 .. 30", DAYS),
        ("989 TFLOP/s", RATE),
        ("3.8e25 FLOP", FLOP),
        ("100%", SHARE),
        (8192, LENGTH),
        (54.5, DAYS),
        ({"dist": "uniform", "low": 300, "high": 900}, DAYS),
        ({"dist": "normal", "mean": "15T", "sd": "2T", "min": "1T"}, TOKENS),
        ({"dist": "lognormal", "median": "15T", "sigma": 0.1, "max": "20T"}, TOKENS),
        ({"dist": "beta", "a": 12.0, "b": 28.0}, SHARE),
        ({"dist": "quantiles", "p": [0.1, 0.9], "x": ["1T", "2T"]}, TOKENS),
        ({"dist": "samples", "values": ["1T", "2T"]}, TOKENS),
        ({"shares": "pretrain.params"}, COUNT),
    ],
)
def test_what_is_written_well_comes_back_as_it_was_written(raw, dimension):
    assert format_literal(parse_amount(raw, dimension), dimension) == raw


def test_numbers_need_no_dimension_to_be_written():
    assert format_literal(parse_amount("17T..22T", TOKENS)) == "1.7e13..2.2e13"
    assert format_literal(Fixed(value=8192)) == 8192


@settings(max_examples=60)
@given(
    middle=st.floats(1e-3, 1e26),
    sigma=st.floats(1e-9, 4.0),
    dimension=st.sampled_from([TOKENS, FLOP, RATE, DAYS, FACTOR, Dimension.MONEY]),
)
def test_any_lognormal_amount_comes_back_to_1e_9(middle, sigma, dimension):
    d = Lognormal(median=middle, sigma=sigma)
    back = parse_amount(format_literal(d, dimension), dimension)
    assert (back.median, back.sigma) == pytest.approx((middle, sigma), rel=1e-9)


@settings(max_examples=40)
@given(middle=st.floats(0.001, 0.999), sigma=st.floats(1e-3, 3.0), window=st.booleans())
def test_any_logit_normal_share_comes_back(middle, sigma, window):
    d = LogitNormal(median=middle, sigma=sigma, max=0.9999 if window else None)
    back = parse_amount(format_literal(d, SHARE), SHARE)
    assert (back.median, back.sigma) == pytest.approx((middle, sigma), rel=1e-9)
    assert back.max == d.max


@settings(max_examples=60)
@given(value=st.floats(1e-99, 1e99), dimension=st.sampled_from([TOKENS, FLOP, RATE, DAYS, Dimension.MONEY]))
def test_any_number_comes_back_exactly(value, dimension):
    assert parse_amount(format_literal(Fixed(value=value), dimension), dimension) == Fixed(value=value)


@settings(max_examples=40)
@given(st.lists(st.floats(1e-3, 1e15), min_size=3, max_size=3, unique=True).map(sorted))
def test_ranges_come_back_exactly(ends):
    low, mode, high = ends
    for d in (
        Pert(low=low, mode=mode, high=high),
        Triangular(low=low, mode=mode, high=high),
        Uniform(low=low, high=high),
    ):
        assert parse_amount(format_literal(d, TOKENS), TOKENS) == d

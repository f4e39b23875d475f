"""Units in, units out, and nothing that a hostile text could do in between."""

from __future__ import annotations

import math
import time
from fractions import Fraction

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from flopline import quantity
from flopline.errors import QuantityError
from flopline.quantity import Dimension

TOKENS, COUNT, LENGTH, FLOP, RATE = (
    Dimension.TOKENS,
    Dimension.COUNT,
    Dimension.LENGTH,
    Dimension.FLOP,
    Dimension.RATE,
)
DAYS, HOURS, SHARE, FACTOR, MONEY = (
    Dimension.DAYS,
    Dimension.HOURS,
    Dimension.SHARE,
    Dimension.FACTOR,
    Dimension.MONEY,
)


@pytest.mark.parametrize(
    ("text", "dimension", "value"),
    [
        ("15T", TOKENS, 15e12),
        ("15.6t tokens", TOKENS, 15.6e12),
        ("500", TOKENS, 500),
        ("2k", TOKENS, 2000),
        ("1_000_000", TOKENS, 1e6),
        ("70B", COUNT, 70e9),
        ("30.84M", HOURS, 30.84e6),
        ("1300 hours", HOURS, 1300),
        ("8192", LENGTH, 8192),
        ("8192 tokens", LENGTH, 8192),
        ("3.8e25", FLOP, 3.8e25),
        ("38 YFLOP", FLOP, 3.8e25),
        ("3.8e25 FLOP", FLOP, 3.8e25),
        ("989 TFLOP/s", RATE, 989e12),
        ("1.98 PFLOP/s", RATE, 1.98e15),
        ("54 days", DAYS, 54),
        ("54 d", DAYS, 54),
        ("35%", SHARE, 0.35),
        ("35 %", SHARE, 0.35),
        (".35", SHARE, 0.35),
        ("105%", FACTOR, 1.05),
        ("620M USD", MONEY, 620e6),
        ("620000000", MONEY, 620e6),
        ("2.10 USD", Dimension.PRICE, 2.1),
        ("2.10 USD per chip-hour", Dimension.PRICE, 2.1),
        ("1.2 kW", Dimension.POWER, 1200),
        ("950W", Dimension.POWER, 950),
        ("1.12", Dimension.PUE, 1.12),
        (" 15\N{NO-BREAK SPACE}T ", TOKENS, 15e12),
        ("+15T", TOKENS, 15e12),
        (15e12, TOKENS, 15e12),
        (10**13, TOKENS, 1e13),
        (np.float32(0.5), SHARE, 0.5),
        (np.int64(8192), LENGTH, 8192),
        (Fraction(1, 2), SHARE, 0.5),
    ],
)
def test_numbers_with_units_are_read(text, dimension, value):
    assert quantity.parse(text, dimension) == value


@pytest.mark.parametrize(
    ("text", "dimension", "hint"),
    [
        ("8k", LENGTH, "8000 or 8 x 1024"),
        ("989 TFLOPS", RATE, "a rate is written FLOP/s"),
        ("989 TFLOP", RATE, "a rate is written FLOP/s"),
        ("3e25 FLOPs", FLOP, "an amount is written FLOP"),
        ("3e25 FLOP/s", FLOP, "an amount is written FLOP"),
        ("15,000", TOKENS, "without spaces or commas"),
        ("15 000", TOKENS, "without spaces or commas"),
        ("10^25", FLOP, "1e12"),
        ("1.5 x 10^12", TOKENS, "1e12"),
        ("15 apples", TOKENS, "`15T` or `15e12`"),
        ("620M", MONEY, "`620M USD`"),
        ("a lot", TOKENS, "`15T` or `15e12`"),
        ("", TOKENS, "`15T` or `15e12`"),
        (True, TOKENS, "`15T` or `15e12`"),
        (None, TOKENS, "`15T` or `15e12`"),
        ([15], TOKENS, "`15T` or `15e12`"),
        (math.nan, TOKENS, "`15T` or `15e12`"),
        (-math.inf, TOKENS, "`15T` or `15e12`"),
        ("nan", TOKENS, "`15T` or `15e12`"),
        ("Infinity", TOKENS, "`15T` or `15e12`"),
        ("1e400", TOKENS, "`15T` or `15e12`"),
        ("1e-400", TOKENS, "`15T` or `15e12`"),
        (10**400, TOKENS, "`15T` or `15e12`"),
        ("\N{ARABIC-INDIC DIGIT ONE}5T", TOKENS, "`15T` or `15e12`"),
        ("1\N{ARABIC-INDIC DIGIT FIVE}T", TOKENS, "without spaces or commas"),
        ("15\N{KELVIN SIGN}", TOKENS, "`15T` or `15e12`"),
        ("15\nT", TOKENS, "`15T` or `15e12`"),
        ("1__0", TOKENS, "`15T` or `15e12`"),
        ("1_.5", TOKENS, "`15T` or `15e12`"),
    ],
)
def test_anything_else_is_refused_with_a_hint(text, dimension, hint):
    with pytest.raises(QuantityError) as refusal:
        quantity.parse(text, dimension)
    assert hint in refusal.value.hint


@pytest.mark.parametrize("text", ["1e9999999999999999999", "1e-9999999999999999999", "9" * 65])
def test_numbers_outside_every_range_are_refused(text):
    with pytest.raises(QuantityError):
        quantity.parse(text, TOKENS)


def test_an_integer_too_long_to_be_printed_is_refused_without_printing_it():
    with pytest.raises(QuantityError, match="not a finite number"):
        quantity.parse(10**5000, TOKENS)


def test_messages_quote_hostile_text_on_one_short_line():
    with pytest.raises(QuantityError) as refusal:
        quantity.parse("15 \x1b[31m\r\n\ud800", TOKENS)
    assert refusal.value.message.isprintable()


@pytest.mark.parametrize("letter", ["1", "x", " ", ".", "\N{ARABIC-INDIC DIGIT ONE}", "1_"])
def test_a_million_characters_are_refused_at_once(letter):
    text, start = letter * 1_000_000, time.process_time()
    with pytest.raises(QuantityError):
        quantity.parse(text, TOKENS)
    assert time.process_time() - start < 0.5


JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(), inner, max_size=3),
    max_leaves=5,
)
NEARLY = st.text(alphabet="0123456789._+-eETBMk% FLOP/sUSDdays^x,\n\u0661", max_size=24)


@settings(max_examples=300)
@given(raw=JSON | NEARLY, dimension=st.sampled_from(Dimension))
def test_any_value_is_a_finite_number_or_a_quantity_error(raw, dimension):
    try:
        value = quantity.parse(raw, dimension)
    except QuantityError as error:
        refused = error
    else:
        assert isinstance(value, float)
        assert math.isfinite(value)
        return
    assert refused.message.isprintable()


@given(st.floats(allow_nan=False, allow_infinity=False))
def test_every_double_survives_its_text(value):
    assert quantity.parse(repr(value), FACTOR) == value


@given(digits=st.integers(0, 10**28), power=st.sampled_from([("T", 12), ("B", 9), ("M", 6), ("k", 3)]))
def test_a_magnitude_is_exactly_its_power_of_ten(digits, power):
    assert quantity.parse(f"{digits}{power[0]}", TOKENS) == float(digits * 10 ** power[1])


@pytest.mark.parametrize(
    ("text", "dimension", "power"), [("17T", TOKENS, 12), ("17", TOKENS, None), ("5%", SHARE, -2), ("3 days", DAYS, 0)]
)
def test_the_power_of_a_unit_is_known(text, dimension, power):
    assert quantity.power_of_ten(text, dimension) == power


@pytest.mark.parametrize(
    ("written", "text"),
    [
        (quantity.significant(1.05e25), "1.05e25"),
        (quantity.significant(0.35), "0.35"),
        (quantity.significant(16384), "16384"),
        (quantity.significant(0), "0"),
        (quantity.significant(999.96), "1000"),
        (quantity.significant(math.inf), "inf"),
        (quantity.flop(1.05e25), "1.05e25 FLOP"),
        (quantity.flop(0), "0 FLOP"),
        (quantity.scientific(3000), "3.00e3"),
        (quantity.counted(15.6e12), "15.6T"),
        (quantity.counted(405e9), "405B"),
        (quantity.counted(999.9e9), "1T"),
        (quantity.counted(16384), "16384"),
        (quantity.counted(1e25), "1.00e25"),
        (quantity.share(0.35), "35 %"),
        (quantity.share(0.0021), "0.21 %"),
        (quantity.percent(0.049), "4.9 %"),
        (quantity.percent(0), "<0.1 %"),
        (quantity.percent(1), ">99.9 %"),
        (quantity.whole_percent(0.05), "5 %"),
        (quantity.whole_percent(0), "<1 %"),
        (quantity.whole_percent(1), ">99 %"),
        (quantity.odds(0.05), "1 in 20"),
        (quantity.odds(6.73e-11), "1 in 1.5e10"),
        (quantity.odds(0.8), ""),
    ],
)
def test_numbers_are_shown_as_people_read_them(written, text):
    assert written == text


@pytest.mark.parametrize(
    ("text", "value"), [("14T", 14e12), ("35%", 0.35), ("3.8e25 FLOP", 3.8e25), ("989 TFLOP/s", 989e12), ("5", 5)]
)
def test_a_unit_tells_its_dimension(text, value):
    assert quantity.parse_any(text) == value


@given(st.floats(0, 1))
def test_a_probability_is_never_shown_as_certain(probability):
    for shown in (quantity.percent(probability), quantity.whole_percent(probability)):
        assert shown not in {"0 %", "0.0 %", "100 %", "100.0 %"}


@pytest.mark.parametrize("raw", [2, 2.1, "2.1", np.float64(2.1), Fraction(21, 10)])
@pytest.mark.parametrize("dimension", [Dimension.PRICE, Dimension.POWER])
def test_power_and_prices_always_carry_their_unit(raw, dimension):
    """A bare 1.2 could be W or kW, for a chip or a server."""
    with pytest.raises(QuantityError, match="no unit") as refused:
        quantity.parse(raw, dimension)
    assert refused.value.hint
    assert quantity.needs_unit(dimension)


@pytest.mark.parametrize(
    ("megawatt_hours", "text"),
    [
        (433.2, "433 MWh"),
        (27_345, "27.3 GWh"),
        (999.6, "1 GWh"),
        (0.5, "500 kWh"),
        (1.2e7, "12 TWh"),
        (2e-5, "0.02 kWh"),
    ],
)
def test_energy_is_printed_in_the_unit_that_fits(megawatt_hours, text):
    assert quantity.energy(megawatt_hours) == text


def test_the_ends_of_an_interval_share_the_unit_of_its_middle():
    assert [quantity.energy(one, like=1200) for one in (800, 1200, 2_000_000)] == ["0.8", "1.2", "2000"]


@pytest.mark.parametrize(("dollars", "text"), [(60.2e6, "60.2M USD"), (164_531, "165k USD"), (950, "950 USD")])
def test_money_is_printed_with_a_magnitude(dollars, text):
    assert quantity.money(dollars) == text

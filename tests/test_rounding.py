"""Significant figures, exactly, against the decimal module."""

from __future__ import annotations

from decimal import ROUND_HALF_UP, Decimal, localcontext
from fractions import Fraction

import pytest
from hypothesis import given
from hypothesis import strategies as st

from flopline.quantity import decimal_of, in_figures, magnitude, rounded


@pytest.mark.parametrize(
    ("value", "figures", "written"),
    [
        (2.3e25, 2, "2.3x10^25"), (1.04e25, 2, "1.0x10^25"), (1.05e25, 2, "1.1x10^25"), (9.96e24, 2, "1.0x10^25"),
        (9.94e24, 2, "9.9x10^24"), (4e5, 1, "4x10^5"), (9.5, 1, "1x10^1"), (0.0123, 2, "1.2x10^-2"),
        (1.0, 2, "1.0x10^0"),
        (7.3e10, 2, "7.3x10^10"), (Fraction(10**25), 2, "1.0x10^25"), (1.45, 2, "1.5x10^0"),
    ],
)  # fmt: skip
def test_a_figure_is_written_as_forms_write_it(value, figures, written):
    assert in_figures(value, figures) == written


@pytest.mark.parametrize(("value", "power"), [(1e24, 24), (9.99e24, 24), (1e25, 25), (0.5, -1), (1.0, 0)])
def test_the_order_of_magnitude_is_the_exponent(value, power):
    assert magnitude(value) == power


@given(st.floats(1e-30, 1e40), st.integers(1, 6))
def test_rounding_agrees_with_the_decimal_module(value, figures):
    number = Decimal(repr(value))
    with localcontext(prec=80):
        step = Decimal(1).scaleb(number.adjusted() - figures + 1)
        expected = (number / step).quantize(Decimal(1), rounding=ROUND_HALF_UP) * step
    assert rounded(value, figures) == Fraction(expected)


@given(st.floats(1e-30, 1e40), st.integers(1, 6))
def test_rounding_twice_changes_nothing_and_moves_by_half_a_step_at_most(value, figures):
    once = rounded(value, figures)
    assert rounded(once, figures) == once
    assert abs(once - decimal_of(value)) * 2 <= Fraction(10) ** (magnitude(value) - figures + 1)

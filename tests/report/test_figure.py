"""The drawn distribution of a total that may be nothing."""

from __future__ import annotations

import pytest

import flopline as fl
from flopline.report.estimate_text import estimate_text
from flopline.report.figure import histogram

MARKS = [(1e25, "line")]


def test_what_may_be_nothing_is_drawn_where_it_is_something():
    drawn = histogram((0.25, 0.5, 0.6, 0.75, 0.9), (0.0, 0.0, 5e24, 8e24, 2e25), MARKS)
    assert len(drawn) == 3
    assert "1e25 line" in drawn[2]


@pytest.mark.parametrize("values", [(0.0, 0.0, 0.0), (0.0, 0.0, 5e24), (0.0, 5e24, 5e24)])
def test_a_single_value_has_no_figure(values):
    assert histogram((0.25, 0.5, 0.75), values, MARKS) == []


@pytest.mark.parametrize("share", ["0.1%", "40%", "60%", "97%"])
@pytest.mark.parametrize("tokens", ["15T", "10T..20T"])
def test_a_run_that_may_not_happen_has_a_page(share, tokens):
    page = estimate_text(fl.estimate(params="70B", tokens=tokens, happens=share))
    assert "if it happens" in page

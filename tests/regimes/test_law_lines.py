"""Lines by day: what is known, what stands, what is exactly at the line."""

from __future__ import annotations

from datetime import date
from math import inf, nextafter

import pytest

from flopline.errors import RegimeError
from flopline.regimes import find_line, find_regime, lines, load_regimes, word

DAY = date(2026, 11, 22)


def line(name, day=DAY):
    return find_line(name, lines(day))


@pytest.mark.parametrize(
    ("name", "flop", "quantity"),
    [
        ("eu-ai-act/gpai", 1e23, "direct"),  # Guidelines para. 17
        ("eu-ai-act/systemic-risk", 1e25, "cumulative"),  # Art. 51(2)
    ],
)
def test_the_two_lines_of_the_eu_compare_two_quantities(name, flop, quantity):
    assert (line(name).flop, line(name).compare, line(name).quantity) == (flop, ">", quantity)


def test_exactly_1e25_does_not_cross_art_51_2():
    threshold = line("eu-ai-act/systemic-risk").threshold
    assert not threshold.crossed_by(1e25)
    assert threshold.crossed_by(nextafter(1e25, inf))


@pytest.mark.parametrize("name", ["us-ca-sb53", "us-ny-raise", "us-il-sb315", "us-ct-sb5"])
def test_exactly_1e26_does_not_cross_a_line_of_a_us_state(name):
    threshold = line(f"{name}/frontier").threshold
    assert not threshold.crossed_by(1e26)
    assert threshold.crossed_by(nextafter(1e26, inf))


def test_exactly_1e26_crosses_koreas_line():
    threshold = line("kr-ai-basic-act/safety").threshold
    assert threshold.crossed_by(1e26)
    assert not threshold.crossed_by(nextafter(1e26, 0))


def test_nothing_is_known_before_it_is_enacted():
    order = ["us-eo14110/model", "us-eo14110/biology"]
    assert [one.id for one in lines(date(2023, 10, 29))] == []
    assert [one.id for one in lines(date(2024, 7, 11))] == order
    assert [one.id for one in lines(date(2024, 7, 12))] == ["eu-ai-act/systemic-risk", *order]
    assert [one.id for one in lines(date(2025, 7, 18))] == [
        "eu-ai-act/gpai", "eu-ai-act/systemic-risk", "eu-ai-act/modifier",
    ]  # fmt: skip
    assert "us-ny-raise/frontier" not in {one.id for one in lines(date(2026, 3, 26))}
    assert "us-ny-raise/frontier" in {one.id for one in lines(date(2026, 3, 27))}


def test_new_york_is_enacted_until_2027_and_in_force_then():
    assert line("us-ny-raise/frontier").status == "enacted"
    assert line("us-ny-raise/frontier", date(2027, 1, 1)).status == "in-force"


def test_regimes_say_their_status_in_words():
    words = {regime.id: regime.status_words for regime in load_regimes(DAY)}
    assert words["eu-ai-act"] == "in force since 2025-08-02"
    assert words["us-il-sb315"] == "enacted, applies from 2027-01-01"
    assert find_regime("us-ca-sb53", load_regimes(date(2025, 1, 1))).status_words == "not enacted on 2025-01-01"


def test_an_unknown_line_names_the_closest():
    with pytest.raises(RegimeError) as caught:
        line("eu-ai-act/systemic-risks")
    assert caught.value.diagnostics[0].hint == "did you mean `eu-ai-act/systemic-risk`?"


def test_a_word_is_not_rounded_up():
    assert [word(p) for p in (0.95, 0.9500001, 0.5, 0.5000001, 0.05, 0.0500001)] == [
        "likely", "over", "possible", "likely", "unlikely", "possible",
    ]  # fmt: skip


def test_a_line_becomes_plain_values_with_citations():
    plain = line("eu-ai-act/systemic-risk").to_dict()
    assert plain["source"]["cite"] == "AI Act, Art. 51(2)"
    assert plain["source"]["url"] == "http://data.europa.eu/eli/reg/2024/1689/oj"
    assert plain["thresholds"][0]["from"] == "2025-08-02"
    assert all(row["source"]["cite"] for row in plain["counts"])
    assert all(row["source"]["cite"] for row in plain["duties"])

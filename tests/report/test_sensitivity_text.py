"""The tornado and the table of what moves the answer."""

from dataclasses import replace

from flopline.engine.sensitivity import Influence, Sensitivity
from flopline.report.sensitivity_text import sensitivity_lines

ONE = Influence(
    name="pretrain.tokens", low=1.7e13, median=1.93e13, high=2.2e13, at_low=0.02, at_high=0.99, settles=0.21,
    remaining=0.575, source="plan", unit="", effect=0.357, first_order=0.62, first_order_error=0.003, total=0.64,
    total_error=0.004,
)  # fmt: skip


def page(probability=0.367, indices_of="ln total", **changes):
    found = Sensitivity("eu-ai-act/systemic-risk", "expected", probability, (replace(ONE, **changes),), indices_of)
    return "\n".join(sensitivity_lines(found))


def one_line(text):
    return " ".join(text.split())


def test_the_tornado_shows_p_at_both_ends_and_where_it_is_now():
    assert "pretrain.tokens  17T .. 22T           2.0 %  =======|=============  99.0 %" in page()


def test_bars_read_the_same_whichever_end_is_larger():
    assert "  99.0 %  =======|=============  2.0 %" in page(at_low=0.99, at_high=0.02)


def test_every_input_has_what_it_settles_leaves_and_explains():
    row = next(line for line in page().splitlines() if "points" in line and "tokens" in line)
    assert row.split() == ["pretrain.tokens", "21.0", "%", "57", "%", "62", "%", "64", "%", "+35.7", "points"]


def test_it_names_the_measurement_that_would_settle_the_question():
    said = (
        "settle the question: `pretrain.tokens`. Once it is known, P is below 5 % or above 95 % with probability 21.0 %"
    )
    assert said in one_line(page())


def test_it_says_so_where_none_would():
    assert "No single measurement would settle" in page(settles=0.0)


def test_it_says_so_where_none_is_needed():
    assert "No measurement is needed to settle the question: P is below 5 % already." in page(probability=0.01)
    assert "P is above 95 % already." in page(probability=0.97)


def test_it_says_whose_variance_is_shared_out_and_how_exactly():
    assert "Sobol indices of ln of the amount that the line counts, standard error at most 0.4 points" in one_line(
        page()
    )
    assert "it may be nothing" in one_line(page(indices_of="total"))


def test_an_event_shows_the_probability_of_its_first_case_and_a_share_its_per_cent():
    assert "40 % for the first case" in page(low=0.4, high=0.4, unit="share")
    assert "35 % .. 45 %" in page(low=0.35, high=0.45, unit="share")


def test_nothing_is_shown_as_certain():
    assert "<0.1 %" in page(at_low=0.0)
    assert ">99.9 %" in page(at_high=1.0)


def test_long_names_still_fit_the_page():
    assert max(map(len, page(name="synthetic-textbooks.tokens_generated").splitlines())) <= 110

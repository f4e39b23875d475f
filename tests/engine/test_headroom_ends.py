"""Where headroom has no value, or an exact one: refusals of the plan, fused runs, a third of a base, `at least`."""

from __future__ import annotations

import numpy as np
import pytest
from building import loaded
from large_inputs import LINE, ONE
from scipy import stats

from flopline.engine.estimate import estimate
from flopline.engine.headroom import headroom

UNDER_WAY = ONE.replace("20T", "26T") + '[stage.observed]\ntokens = "24T"\n'
KOREA = "kr-ai-basic-act/safety"
MODIFIER = "eu-ai-act/modifier"


def room(text, name, *, line=LINE, below=0.05):
    return headroom(loaded(text), below=below, line=line, vary=[name])[name]


def test_what_is_done_is_the_least_value_of_a_run_under_way():
    found = room(UNDER_WAY, "pretrain.tokens")
    assert (found.status, found.value) == ("never", None)
    assert found.reason.startswith("no value that the plan accepts is small enough: 2.40e13 are done of `tokens`")
    assert found.probability > 0.05
    further = room(UNDER_WAY, "pretrain.tokens", line="us-ca-sb53/frontier")
    z = stats.norm.isf(0.05)
    assert further.value == pytest.approx(1e26 / (6 * 70e9 * np.exp(0.2 * z)), rel=1e-4)


def test_what_is_done_is_the_least_value_where_nothing_is_uncertain():
    text = UNDER_WAY.replace('{ dist = "lognormal", median = "70B", sigma = 0.2 }', '"70B"')
    assert room(text, "pretrain.tokens").status == "never"


def test_a_value_that_the_plan_refuses_ends_the_search_below_the_limit():
    """Active parameters are no more than all of them, however small P is there."""
    text = """
day = 2026-11-22
[[stage]]
name = "pretrain"
kind = "pretraining"
params = "100B"
active = "10B..12B"
tokens = "1T..2T"
"""
    found = room(text, "pretrain.active")
    assert found.status == "always"
    assert found.reason.startswith("no value that the plan accepts reaches the limit")
    assert found.probability < 1e-6


TWICE = """
day = 2026-11-22
[[stage]]
name = "pretrain"
kind = "pretraining"
params = "70B..74B"
tokens = "{tokens}"
hardware = "h100-sxm"
chips = 8192
days = "{days}"
utilization = {{ mfu = "36%..40%", scope = "whole-run" }}
relation = "independent"
"""


def test_tokens_of_a_run_that_was_measured_twice():
    """Tokens move the fused amount by their share of the precision alone, so the plan is made anew for each value."""
    text = TWICE.format(tokens="21T", days="36..39")
    found = room(text, "pretrain.tokens")
    assert found.status == "value"
    moved = text.replace("21T", f"{found.value:.0f}")
    assert estimate(loaded(moved)).lines[LINE].expected.probability == pytest.approx(0.05, abs=1e-3)


def test_tokens_that_contradict_the_machine_are_no_value():
    found = room(TWICE.format(tokens="15T", days="25..27"), "pretrain.tokens")
    assert found.status == "always"
    assert "so that one of the two is wrong" in found.reason
    assert found.probability < 0.05


def test_a_third_of_a_base_is_a_line_too():
    text = """
day = 2026-11-22
[[stage]]
name = "adapt"
kind = "fine-tuning"
params = "70B"
tokens = "1T..2T"
base = { name = "theirs", developer = "other", flop = { dist = "lognormal", median = 6e24, sigma = 0.1 } }
"""
    found = room(text, "adapt.tokens", line=MODIFIER)
    z = stats.norm.isf(0.05)
    assert found.status == "value"
    assert found.value == pytest.approx(2e24 * np.exp(-0.1 * z) / (6 * 70e9), rel=2e-3)


@pytest.mark.parametrize(("line", "exact"), [(LINE, 1e25), (KOREA, 1e26)])
def test_the_last_value_of_a_certain_plan_lies_on_a_line_or_just_below(line, exact):
    """`greater than` lets the line itself through, `at least` does not."""
    text = 'day = 2026-11-22\n[[stage]]\nname = "pretrain"\nkind = "pretraining"\nflop = 1e24\n'
    value = room(text, "pretrain.flop", line=line).value
    assert value == (exact if line == LINE else np.nextafter(exact, 0))
    at = estimate(loaded(text.replace("1e24", repr(exact)))).lines[line].expected.probability
    assert at == (0.0 if line == LINE else 1.0)

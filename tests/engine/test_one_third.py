"""The one-third line under common draws (rules 5 and 6): closed forms, a slow twin, and lineage."""

from __future__ import annotations

import numpy as np
import pytest
from building import loaded, plan_of
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy import stats

from flopline.engine import estimate
from flopline.engine.asking import Asked
from flopline.engine.relative import Sides, over_share
from flopline.errors import FloplineError
from flopline.kernels.differences import difference_sums, direction
from flopline.kernels.structure import reduce, scales

LINE = "eu-ai-act/modifier"
SYSTEMIC = "eu-ai-act/systemic-risk"


def third(*stages, **keys):
    named = [{"kind": "fine-tuning", "name": f"s{index}"} | stage for index, stage in enumerate(stages)]
    return estimate(plan_of(*named, **keys)).lines[LINE]


def lognormal(median, sigma):
    return {"dist": "lognormal", "median": median, "sigma": sigma}


def base(flop, **keys):
    return {"name": "theirs", "developer": "other", "flop": flop, "systemic_risk": "no"} | keys


class TestClosedForms:
    def test_two_lognormals_are_one(self):
        found = third({"flop": lognormal(3e23, 0.4), "base": base(lognormal(1e24, 0.3))})
        exact = stats.norm.sf(np.log(1 / 3 / 0.3) / 0.5)
        assert found.expected.probability == pytest.approx(exact, abs=1e-6)
        assert found.narrow.probability == found.broad.probability == found.expected.probability

    def test_what_both_sides_share_cancels(self):
        """A modification of the base's own tokens and size: the ratio is certain, however uncertain each side is."""
        shared = {"params": {"shares": "s0.base.params"}, "tokens": {"shares": "s0.base.tokens"}}
        told = {
            "name": "theirs",
            "developer": "other",
            "params": "10B..100B",
            "tokens": "1T..20T",
            "systemic_risk": "no",
        }
        assert third(shared | {"epochs": 0.3, "base": told}).expected.probability == 0.0
        assert third(shared | {"epochs": 0.4, "base": told}).expected.probability == 1.0

    def test_exactly_one_third_is_not_more(self):
        assert third({"flop": "1e24", "base": base("3e24")}).expected.probability == 0.0
        assert third({"flop": "1.0000001e24", "base": base("3e24")}).expected.probability == 1.0


@settings(max_examples=40, deadline=None)
@given(
    st.lists(st.tuples(st.floats(0.05, 0.5), st.floats(0.05, 0.9)), min_size=1, max_size=3),
    st.lists(st.tuples(st.floats(0.2, 1.0), st.floats(0.05, 0.9)), min_size=1, max_size=3),
    st.integers(0, 1000),
)
def test_any_sums_agree_with_random_draws(parts, wholes, seed):
    """Part and whole are sums of several uncertain products: no closed form is left."""
    bases = {
        f"b{index}": {
            "developer": "other", "flop": lognormal(median * 1e24, sigma), "systemic_risk": "yes",
            **({"base": f"b{index + 1}"} if index + 1 < len(wholes) else {}),
        }
        for index, (median, sigma) in enumerate(wholes)
    }  # fmt: skip
    stages = [{"flop": lognormal(median * 1e24, sigma)} for median, sigma in parts]
    stages[0]["base"] = "b0"
    found = third(*stages, base=bases).expected
    chance = np.random.default_rng(seed)

    def drawn(terms):
        return sum(median * np.exp(sigma * chance.standard_normal(200_000)) for median, sigma in terms)

    crossed = np.mean(3 * drawn(parts) > drawn(wholes))
    spread = 5 * np.sqrt(max(crossed * (1 - crossed), 1e-4) / 200_000)
    assert found.probability == pytest.approx(crossed, abs=spread + 5 * found.error)
    assert found.error <= 1e-4


def sides_of(text):
    plan = loaded(text)
    asked = Asked.of(plan, plan.plan.day)
    entries = asked.compiled.entries
    part = asked.compiled.rows_of(np.array([entry.run is None for entry in entries]))
    whole = asked.compiled.rows_of(np.array([entry.run is not None for entry in entries]))
    return asked, Sides(part, whole)


TWO = """
[base.one]
developer = "other"
flop = "1e24..3e24"
base = "two"
[base.two]
developer = "other"
flop = "2e24..9e24"
[[stage]]
name = "a"
kind = "fine-tuning"
flop = "5e23..3e24"
base = "one"
[[stage]]
name = "b"
kind = "fine-tuning"
flop = "1e23..2e24"
"""


def test_the_error_bar_is_honest_over_many_seeds():
    asked, sides = sides_of(TWO)
    from dataclasses import replace
    from fractions import Fraction

    answers = [over_share(replace(asked, seed=seed), sides, Fraction(1, 3)) for seed in range(40)]
    values = np.array([one.probability for one in answers])
    errors = np.array([one.error for one in answers])
    assert values.std(ddof=1) <= 2.0 * errors.mean()
    assert np.mean(np.abs(values - values.mean()) <= 1.96 * errors) >= 0.85
    assert all(one.probability + one.complement == pytest.approx(1.0, abs=1e-12) for one in answers)


def test_lines_and_single_draws_are_one_answer():
    asked, sides = sides_of(TWO)
    problem = asked.compiled.problem
    structure = reduce(problem, sides.part | sides.whole)
    scale = scales(structure, np.where(np.stack([sides.part, sides.whole]), problem.log_scale, -np.inf))
    points = np.random.default_rng(3).standard_normal((structure.linear.shape[1], 1, 40_000))
    along = direction(structure, scale)
    lines, draws = (difference_sums(structure, scale, np.log(1 / 3), one, points)[0] / 40_000 for one in (along, None))
    assert lines == pytest.approx(draws, abs=0.015)
    assert lines.sum() == pytest.approx(1.0, abs=1e-9)


class TestLineage:
    """Rule 6: a graph, each run once."""

    def test_a_diamond_counts_its_root_once(self):
        bases = {
            "root": {"developer": "other", "flop": "5e24"},
            "left": {"developer": "own", "flop": "1e24", "base": "root"},
            "right": {"developer": "own", "flop": "2e24", "base": "root"},
        }  # fmt: skip
        found = estimate(plan_of({"kind": "fine-tuning", "flop": "1e22", "merges": ["left", "right"]}, base=bases))
        runs = [entry.run for entry in found.entries if entry.run]
        assert sorted(runs) == ["left", "right", "root"]
        assert found.lines[SYSTEMIC].narrow.amount.median == pytest.approx(8.01e24)
        kinds = {entry.run: entry.activity for entry in found.entries if entry.run}
        assert kinds == {"left": "merged-parents", "right": "merged-parents", "root": "other-developer-base"}

    def test_a_developer_of_the_same_name_is_the_plan_s_own(self):
        keys = {"developer": {"name": "Acme"}}
        found = estimate(plan_of({"flop": "1e22", "base": base("1e24", developer="ACME")}, **keys))
        assert next(entry for entry in found.entries if entry.run).activity == "own-base"
        assert found.lines[LINE].expected.probability is None

    def test_the_cautious_corner_is_a_broad_part_over_a_narrow_whole(self):
        """Whether what an original started from belongs to it is disputed in the direct count."""
        bases = {
            "root": {"developer": "A", "flop": "9e24", "systemic_risk": "no"},
            "child": {"developer": "B", "flop": "1e24", "base": "root", "systemic_risk": "no"},
        }
        found = third({"flop": "5e23", "base": "child"}, base=bases)
        assert [reading.probability for _, reading in found.readings()] == [0.0, 0.0, 1.0]

    def test_nobody_knowing_of_systemic_risk_shows_both_counts(self):
        found = third({"flop": "5e23", "base": base("1e24", systemic_risk="unknown")})
        assert {test["count"] for test in found.tests if test["applied"]} == {"direct", "cumulative"}

    @pytest.mark.parametrize(
        ("tables", "stage", "code"),
        [
            ({"a": {"developer": "own", "base": "b"}, "b": {"developer": "own", "base": "a"}}, {"base": "a"}, "E376"),
            ({"a": {"developer": "own", "name": "x"}}, {"base": "a"}, "E301"),
            ({"a b": {"developer": "own"}}, {}, "E305"),
            ({"a": {"flop": 1e24}}, {"base": "a"}, "E302"),
            ({"a": {"developer": "own", "flopp": 1}}, {"base": "a"}, "E301"),
            ({}, {"base": "nobody-knows-it"}, "E365"),
            ({}, {"merges": "llama-3.1-70b"}, "E378"),
            ({}, {"merges": ["llama-3.1-70b"]}, "E378"),
        ],
        ids=str,
    )
    def test_what_is_no_lineage_is_refused_with_its_place(self, tables, stage, code):
        with pytest.raises(FloplineError) as refused:
            plan_of({"flop": "1e22"} | stage, base=tables)
        assert refused.value.code == code
        assert refused.value.place is not None

    def test_a_table_that_nothing_starts_from_counts_nowhere(self):
        found = estimate(plan_of({"flop": "1e22"}, base={"idle": {"developer": "own", "flop": "1e26"}}))
        assert not [entry for entry in found.entries if entry.run]

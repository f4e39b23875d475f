"""What a distribution may be, and what is said about one that may not."""

from __future__ import annotations

import pickle

import pytest
from pydantic import TypeAdapter, ValidationError

from flopline.distributions import (
    Beta,
    Distribution,
    Fixed,
    Lognormal,
    Loguniform,
    Normal,
    Pert,
    Quantiles,
    Samples,
    Triangular,
    Uniform,
)
from flopline.errors import QuantityError


@pytest.mark.parametrize(
    ("build", "message"),
    [
        (lambda: Fixed(value=0), "`value` of Fixed"),
        (lambda: Fixed(value=float("nan")), "`value` of Fixed"),
        (lambda: Fixed(value=True), "`value` of Fixed"),
        (lambda: Fixed(value="3"), "`value` of Fixed"),
        (lambda: Normal(mean=1, sd=0), "`sd` of Normal"),
        (lambda: Lognormal(median=1, sigma=-1), "`sigma` of Lognormal"),
        (lambda: Uniform(low=2, high=1), "`low` = 2 is not below `high` = 1"),
        (lambda: Uniform(low=-1, high=1), "`low` of Uniform"),
        (lambda: Loguniform(low=0, high=1), "`low` of Loguniform"),
        (lambda: Triangular(low=1, mode=5, high=3), "`mode` = 5 is not between 1 and 3"),
        (lambda: Pert(low=1, mode=0.5, high=3), "`mode` = 0.5 is not between 1 and 3"),
        (lambda: Beta(a=0, b=1), "`a` of Beta"),
        (lambda: Quantiles(p=(0.5, 0.1), x=(1, 2)), "the values of `p` do not increase"),
        (lambda: Quantiles(p=(0.1, 0.5), x=(1, 1)), "the values of `x` do not increase"),
        (lambda: Quantiles(p=(0.1, 0.5), x=(1, 2, 3)), "`p` has 2 values and `x` has 3"),
        (lambda: Quantiles(p=(0.1, 1.0), x=(1, 2)), "`p.1` of Quantiles"),
        (lambda: Samples(values=(1,)), "`values` of Samples"),
        (lambda: Samples(values=(1, -2)), "`values.1` of Samples"),
        (lambda: Lognormal(median=1, sigma=1, min=2, max=2), "`min` = 2 is not below `max` = 2"),
        (lambda: Lognormal(median=1, sigma=1, max=-1), "`max` = -1 leaves nothing positive"),
        (lambda: Uniform(low=1, high=2, min=3), "`min` and `max` leave nothing of 1..2"),
        (lambda: Lognormal(median=1), "`sigma` is missing from Lognormal"),
    ],
)
def test_nonsense_is_refused_with_a_reason(build, message):
    with pytest.raises(QuantityError) as refusal:
        build()
    assert message in str(refusal.value)


def test_a_misspelt_field_gets_a_suggestion():
    with pytest.raises(QuantityError) as refusal:
        Lognormal(median=1, sigm=1)
    assert {d.hint for d in refusal.value.diagnostics} == {None, "did you mean `sigma`?"}


def test_distributions_are_frozen_hashable_and_travel():
    d = Quantiles(p=[0.1, 0.9], x=[1, 2])
    with pytest.raises(ValidationError):
        d.p = (0.2, 0.3)
    assert hash(d) == hash(Quantiles(p=(0.1, 0.9), x=(1.0, 2.0)))
    assert pickle.loads(pickle.dumps(d)) == d


def test_the_key_dist_tells_which_distribution_it_is():
    adapter = TypeAdapter(Distribution)
    for d in (Fixed(value=2), Beta(a=12, b=28, max=0.5), Samples(values=(1, 2))):
        assert adapter.validate_python(d.model_dump()) == d
        assert adapter.validate_json(d.model_dump_json()) == d
    with pytest.raises(ValidationError):
        adapter.validate_python({"dist": "uniform", "low": 2, "high": 1})

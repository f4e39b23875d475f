"""`flopline figures`, from the shell."""

from __future__ import annotations

import json

import pytest
from terminal import flopline

import flopline as fl

pytestmark = pytest.mark.usefixtures("folder")


def test_the_page_has_both_forms_the_test_and_the_approach():
    page = flopline("figures", "plan.toml").out
    for part in ("notification of the Commission", "Model Documentation Form", "30 % test", "how it was estimated"):
        assert part in page
    assert "not legal advice" in page


def test_filters_leave_the_rest_out():
    told = json.loads(
        flopline("figures", "plan.toml", "--form", "notification", "--line", "eu-ai-act/gpai", "--json").out
    )
    assert {one["form"] for one in told["figures"]} == {"notification"}
    assert {one["line"] for one in told["margins"]} == {"eu-ai-act/gpai"}


def test_the_library_says_the_same():
    assert json.loads(flopline("figures", "plan.toml", "--json").out) == json.loads(
        json.dumps(fl.figures("plan.toml").to_dict())
    )


@pytest.mark.parametrize(
    "arguments", [("--form", "tax"), ("--reading", "wide"), ("--line", "us-ca-sb53/frontier"), ("--level", "2")]
)
def test_a_malformed_question_is_refused(arguments):
    found = flopline("figures", "plan.toml", *arguments)
    assert (found.code, found.out) == (2, "")

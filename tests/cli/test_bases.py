"""`flopline bases`, and a plan that names a base of the catalogue."""

from __future__ import annotations

import json

import pytest
from terminal import flopline

pytestmark = pytest.mark.usefixtures("folder")
TUNED = ("estimate", "--kind", "fine-tuning", "--params", "70B", "--tokens", "1B", "--day", "2026-11-22")


def test_the_list_and_a_page_have_developer_computation_and_source():
    listed = flopline("bases", "list")
    assert "llama-3.1-405b" in listed.out
    page = flopline("bases", "show", "meta-llama/Llama-3.1-405B").out
    assert all(word in page for word in ("Meta", "3.80e25", "yes:", "arXiv:2407.21783"))


def test_json_has_every_base_and_the_lineage_of_one():
    assert len(json.loads(flopline("bases", "list", "--json").out)["bases"]) > 100
    shown = json.loads(flopline("bases", "show", "llama-3.2-1b", "--json").out)
    assert [one["id"] for one in shown["ancestors"]] == ["llama-3.1-8b"]


@pytest.mark.parametrize("arguments", [("show", "nobody"), ("show", "llama-3"), ("list", "--developer", "Metta")])
def test_a_name_of_none_or_of_several_is_refused(arguments):
    found = flopline("bases", *arguments)
    assert (found.code, found.out) == (2, "")
    assert "hint:" in found.err


def test_a_plan_names_a_base_and_counts_everything_behind_it_once():
    answer = json.loads(flopline(*TUNED, "--base", "llama-3.2-1b", "--json").out)
    runs = {entry["run"] for entry in answer["entries"] if entry["relation"] == "ancestor"}
    assert runs == {"llama-3.2-1b", "llama-3.1-8b"}


def test_a_base_of_unknown_computation_is_said_to_be_missing():
    answer = json.loads(flopline(*TUNED, "--base", "mistral-7b-v0.1", "--json").out)
    assert "W170" in {warning["code"] for warning in answer["warnings"]}
    line = next(one for one in answer["lines"] if one["id"] == "eu-ai-act/modifier")
    assert {test["against"] for test in line["tests"] if test["applied"]} == {"fallback"}


def test_an_unknown_base_is_refused_at_its_flag():
    found = flopline(*TUNED, "--base", "nobody-9b")
    assert found.code == 2
    assert "--base" in found.err

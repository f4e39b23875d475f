"""What the parsers refuse, and what they say about it (TOML 1.0; RFC 8259 with the stricter reading of RFC 7493)."""

from __future__ import annotations

import json
import sys
import time
import tomllib
from contextlib import suppress
from datetime import date
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from flopline.documents import DEEPEST, LIMIT, parse
from flopline.errors import Diagnostic, DocumentError
from naive.documents import json_trees, toml_trees, write_json, write_toml


def problems(text: str, syntax: Any = "toml") -> tuple[Diagnostic, ...]:
    with pytest.raises(DocumentError) as caught:
        parse(text, "plan.toml", syntax)
    return caught.value.diagnostics


def problem(text: str, syntax: Any = "toml") -> Diagnostic:
    (one,) = problems(text, syntax)
    return one


@given(toml_trees, st.randoms(use_true_random=False))
def test_toml_is_what_the_standard_library_reads(tree: dict[str, Any], random: Any) -> None:
    text = write_toml(tree, random)
    assert parse(text, "plan.toml", "toml").tree == tomllib.loads(text)


@given(json_trees, st.randoms(use_true_random=False))
def test_json_is_what_the_standard_library_reads(tree: dict[str, Any], random: Any) -> None:
    assert parse(write_json(tree, random), "config.json", "json").tree == tree


def test_dates_stay_dates() -> None:
    assert parse("day = 2026-11-22", "plan.toml", "toml").tree == {"day": date(2026, 11, 22)}


def test_the_text_is_kept_as_it_was() -> None:
    text = "\ufeffday = 2026-11-22\r\n"
    assert parse(text, "plan.toml", "toml").text == text


def test_an_empty_toml_text_is_an_empty_table() -> None:
    assert parse("", "plan.toml", "toml").tree == {}


@pytest.mark.parametrize(
    ("line", "column", "message", "hint"),
    [
        ("tokens = 17T..22T", 10, "`17T..22T` is not a TOML value", '`tokens = "17T..22T"`'),
        ("tokens = 17T # all", 10, "`17T` is not a TOML value", '`tokens = "17T"`'),
        ("kind = pretraining", 8, "`pretraining` is not a TOML value", '`kind = "pretraining"`'),
        ("general = True", 11, "`True` is not a TOML value", "write `true`"),
        ("revenue = null", 11, "`null` is not a TOML value", "leave the key out"),
        ("tokens =", 9, "`tokens` has no value", "write one"),
        ("tokens: 17", 7, "a key is followed by `=`", "`tokens = ...`"),
        ("tokens 17", 8, "a key is followed by `=`", "`key = value`"),
        ('config = "a\\q"', 14, "`\\` has a meaning of its own in double quotes", "single quotes"),
        ('title = "Atlas', 15, "the text in quotes does not end on its line", 'close it with `"`'),
        ("format = { a = 1, a = 2 }", 24, "a key stands twice in this table", "leave one of them out"),
        ("{", 1, "this is neither `key = value` nor a `[table]`", "`.json`"),
    ],
)
def test_slips_of_toml_are_explained(line: str, column: int, message: str, hint: str) -> None:
    found = problem(f"schema = 1\n{line}\n[model]\n")
    assert found.message == message
    assert hint in (found.hint or "")
    assert found.place is not None
    assert (found.place.line, found.place.column, found.place.text) == (2, column, line)


@pytest.mark.parametrize(
    ("text", "line", "message"),
    [
        ("a = 1\na = 2\n", 2, "a key stands twice in this table"),
        ("[stage]\na = 1\n[stage]\n", 3, "this table stands twice"),
        ("a = [1,\n2\n", 2, "this list does not end"),
        ("a = '''\nx", 2, "the text in quotes does not end"),
        ("[a", 1, "the table's name does not end"),
        ("stage = []\n[[stage]]", 2, "this table is complete already"),
    ],
)
def test_what_runs_over_lines_is_explained(text: str, line: int, message: str) -> None:
    found = problem(text)
    assert found.message == message
    assert found.hint
    assert found.place is not None
    assert found.place.line == line


@pytest.mark.parametrize(
    ("text", "column", "hint"),
    [
        ('{"a": 1,}', 8, "leave it out"),
        ('{"a": [1, ]}', 9, "leave it out"),
        ("{'a': 1}", 2, "double quotes"),
        ('{"a": True}', 7, "`true`"),
        ('{"a": 1 "b": 2}', 9, "put a comma"),
        ('{"a": 1} {}', 10, "one object"),
        ('{"a": 1 // one\n}', 9, "no comments"),
    ],
)
def test_slips_of_json_are_explained(text: str, column: int, hint: str) -> None:
    found = problem(text, "json")
    assert hint in (found.hint or "")
    assert found.place is not None
    assert (found.place.line, found.place.column) == (1, column)


@pytest.mark.parametrize(
    ("text", "kind"), [("[1]", "a list"), ('"a"', "a text"), ("null", "nothing"), ("1", "a number")]
)
def test_only_an_object_stands_on_top(text: str, kind: str) -> None:
    assert kind in problem(text, "json").message


def test_an_empty_json_text_is_refused() -> None:
    assert problem(" \n", "json").message == "`plan.toml` is empty"


def test_every_key_given_twice_is_reported_where_it_stands_again() -> None:
    found = problems('{"a": 1,\n "b": {"c": 1, "c": 2},\n "a": 3}', "json")
    assert [(one.message.split("`")[1], one.place.line, one.place.column) for one in found] == [
        ("c", 2, 16),
        ("a", 3, 2),
    ]


@pytest.mark.parametrize("number", ["NaN", "Infinity", "-Infinity", "1e999"])
def test_json_has_finite_numbers_only(number: str) -> None:
    found = problem(f'{{"a": [1, {number}]}}', "json")
    assert found.message == "this is not a finite number"
    assert (found.place.column, found.place.key) == (11, "a[1]")


@pytest.mark.parametrize("number", ["nan", "-inf", "1e999"])
def test_toml_has_finite_numbers_only(number: str) -> None:
    assert problem(f"a = {number}").place.column == 5


def test_all_unusable_values_are_reported_in_the_order_of_the_text() -> None:
    found = problems("a = nan\n[b]\nc = inf\n[d]\ne = { f = [nan] }\n")
    assert [one.place.key for one in found] == ["a", "b.c", "d.e.f[0]"]


@pytest.mark.parametrize(
    ("number", "syntax"), [("9" * 5000, "toml"), ("9" * 5000, "json"), ("9" * 400, "json"), ("0x" + "f" * 5000, "toml")]
)
def test_integers_that_no_double_holds_are_refused(number: str, syntax: Any) -> None:
    text = f'{{"title": "a",\n "a": {number}}}' if syntax == "json" else f"title = 'a'\na =  {number}"
    found = problem(text, syntax)
    assert found.hint == "write it like `3.8e25`"
    assert (found.place.line, found.place.column) == (2, 7 if syntax == "json" else 6)


def test_every_integer_of_a_tree_is_a_double() -> None:
    largest = 2**1023 - 1
    assert float(parse(f"a = {largest}", "plan.toml", "toml").tree["a"]) <= sys.float_info.max


@pytest.mark.parametrize(("opened", "closed"), [(DEEPEST + 1,) * 2, (500,) * 2, (100_000,) * 2, (100_000, 0)])
def test_deep_json_is_refused_with_its_place(opened: int, closed: int) -> None:
    found = problem('{"a":\n' + "[" * opened + "]" * closed + "}", "json")
    assert found.message == f"this nests deeper than {DEEPEST} levels"
    assert (found.place.line, found.place.column) == (2, DEEPEST)


@pytest.mark.parametrize("depth", [DEEPEST + 1, 1000, 100_000])
def test_deep_toml_is_refused_with_its_place(depth: int) -> None:
    for text in ("a = " + "[" * depth + "]" * depth, "a = " + "{a = " * depth + "1" + "}" * depth):
        found = problem(text)
        assert found.code == "E106"
        assert found.place.line == 1


@pytest.mark.parametrize("text", ["a{} = 1", "[a{}]", "[[a{}]]", "x = {{ a{} = 1 }}", "x = {{ b = 2, a{} = 1 }}"])
@pytest.mark.parametrize("part", [".a", " . 'a'", '."a"'])
def test_long_dotted_keys_are_refused_at_once(text: str, part: str) -> None:
    began = time.monotonic()
    assert problem(text.format(part * (LIMIT // 10))).code == "E106"
    assert time.monotonic() - began < 5


def test_nesting_as_deep_as_allowed_is_read() -> None:
    depth = DEEPEST - 1
    document = parse("a = " + "[" * depth + "]" * depth, "plan.toml", "toml")
    assert document.place(("a", *[0] * (depth - 1))).column == DEEPEST + 3


def test_half_characters_are_refused_in_keys_and_values() -> None:
    found = problems('{"a": "\\ud800", "\\udfff": 1, "ok": "\\ud83d\\ude00"}', "json")
    assert [one.place.column for one in found] == [7, 27]
    assert all(str(one).encode() for one in found)


def test_a_hundred_problems_are_enough() -> None:
    assert len(problems(json.dumps([{"a": [float("nan")] * 5000}])[1:-1], "json")) == 100


@given(st.text(), st.sampled_from(["toml", "json"]))
def test_any_text_is_read_or_refused(text: str, syntax: Any) -> None:
    with suppress(DocumentError):
        assert isinstance(parse(text, "plan", syntax).tree, dict)


def test_an_infinity_is_read_where_one_is_expected_and_nowhere_else() -> None:
    text = '{"limit": [0.0, Infinity], "size": 3}'
    assert parse(text, "c.json", "json", unbounded=("limit",)).tree["limit"][1] == float("inf")
    for wrong, at in ((text, 17), ('{"limit": NaN}', 11), ('{"limit": -Infinity}', 11), ('{"size": Infinity}', 10)):
        with pytest.raises(DocumentError, match="finite") as caught:
            parse(wrong, "c.json", "json", unbounded=() if wrong is text else ("limit",))
        assert caught.value.place.column == at

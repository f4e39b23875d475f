"""Every value of a document is found again in its text (TOML 1.0, RFC 8259)."""

from __future__ import annotations

import json
import tomllib
from typing import TYPE_CHECKING, Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from flopline.documents import DEEPEST, parse
from flopline.documents.positions import Node, scan
from flopline.errors import DocumentError
from naive.documents import at, json_trees, paths, starts_with_toml_key, toml_trees, write_json, write_toml

if TYPE_CHECKING:
    from random import Random

randoms = st.randoms(use_true_random=False)

PLAN = """\
# a plan
title = "Atlas"

[model]
config = 'config.json'

[[stage]]
name = "pretrain"
tokens  = "17T..22T"   # 90 %
format = { fp8 = 0.8, "bf 16" = [0.1,
  0.1] }

[[stage]]
name.first = 1
[stage.period]
days = 3
[[stage.period.group]]
chips = 8
"""


def node_at(text: str, syntax: Any, path: tuple[str | int, ...]) -> Node:
    node = scan(text, syntax, DEEPEST).root
    for part in path:
        node = node.inside()[part]
    return node


@given(json_trees, randoms)
def test_json_text_at_each_position_reads_as_the_value(tree: dict[str, Any], random: Random) -> None:
    text = write_json(tree, random)
    for path in paths(tree):
        node = node_at(text, "json", path)
        assert json.loads(text[node.start : node.end]) == at(tree, path)
        if node.key is not None:
            assert json.JSONDecoder().raw_decode(text, node.key)[0] == path[-1]


@given(toml_trees, randoms)
def test_toml_text_at_each_position_reads_as_the_value(tree: dict[str, Any], random: Random) -> None:
    text = write_toml(tree, random).replace("\r\n", "\n")
    assert tomllib.loads(text) == tree
    for path in paths(tree):
        node, value = node_at(text, "toml", path), at(tree, path)
        said = text[node.start : node.end]
        if (text.startswith("[", node.start) and not isinstance(value, list)) or is_array_of_tables(said, value):
            opened = tomllib.loads(said)  # a header opens a table of this name
            assert paths_of_names(opened) == [part for part in path if isinstance(part, str)]
        elif node.end > node.start:
            assert tomllib.loads(f"key = {said}")["key"] == value
        else:  # a table that only dotted keys or headers further down speak of: its place is its name
            assert isinstance(value, dict)
            assert node.key == node.start
        if node.key is not None and isinstance(path[-1], str):
            assert starts_with_toml_key(text[node.key : node.key + 200], path[-1])


def is_array_of_tables(said: str, value: object) -> bool:
    if not isinstance(value, list) or not said.startswith("[["):
        return False
    try:
        return tomllib.loads(f"key = {said}")["key"] != value
    except tomllib.TOMLDecodeError:
        return True


def paths_of_names(opened: dict[str, Any]) -> list[str]:
    return [part for part in paths(opened)[-1] if isinstance(part, str)]


@given(st.sampled_from(["toml", "json"]), st.data())
def test_a_changed_text_is_refused_or_has_places_inside_it(syntax: Any, data: st.DataObject) -> None:
    random = data.draw(randoms)
    text = write_toml(data.draw(toml_trees), random) if syntax == "toml" else write_json(data.draw(json_trees), random)
    start = data.draw(st.integers(0, len(text)))
    end = data.draw(st.integers(start, min(len(text), start + 5)))
    changed = text[:start] + data.draw(st.text(max_size=3) | st.sampled_from("\"'[]{},=#\n")) + text[end:]
    try:
        document = parse(changed, "plan", syntax)
    except DocumentError as error:
        places = [diagnostic.place for diagnostic in error.diagnostics]
        assert all(place and place.file == "plan" for place in places)
    else:
        places = [document.place(path, key) for path in paths(document.tree) for key in (False, True)]
    for place in places:
        if place.line is not None:
            assert 1 <= place.line <= changed.count("\n") + 1
            assert 1 <= place.column <= len(place.text) + 1


@pytest.mark.parametrize(
    ("path", "line", "column", "key_column", "dotted"),
    [
        (("title",), 2, 9, 1, "title"),
        (("model",), 4, 1, 2, "model"),
        (("model", "config"), 5, 10, 1, "model.config"),
        (("stage",), 7, 1, 3, "stage"),
        (("stage", 0), 7, 1, 3, "stage.pretrain"),
        (("stage", 0, "tokens"), 9, 11, 1, "stage.pretrain.tokens"),
        (("stage", 0, "format", "fp8"), 10, 18, 12, "stage.pretrain.format.fp8"),
        (("stage", 0, "format", "bf 16", 1), 11, 3, 3, 'stage.pretrain.format."bf 16"[1]'),
        (("stage", 1), 13, 1, 3, "stage[1]"),
        (("stage", 1, "name", "first"), 14, 14, 6, "stage[1].name.first"),
        (("stage", 1, "period", "days"), 16, 8, 1, "stage[1].period.days"),
        (("stage", 1, "period", "group", 0, "chips"), 18, 9, 1, "stage[1].period.group[0].chips"),
    ],
)
def test_places_of_a_plan(path: Any, line: int, column: int, key_column: int, dotted: str) -> None:
    document = parse(PLAN, "plan.toml", "toml")
    place = document.place(path)
    assert (place.file, place.line, place.column, place.key) == ("plan.toml", line, column, dotted)
    assert place.text == PLAN.splitlines()[line - 1]
    assert document.place(path, key=True).column == key_column


def test_a_missing_key_stands_at_the_table_that_lacks_it() -> None:
    place = parse(PLAN, "plan.toml", "toml").place(("stage", 1, "tokens"))
    assert (place.line, place.text, place.key) == (13, "[[stage]]", "stage[1].tokens")


def test_a_missing_table_stands_at_the_file() -> None:
    place = parse(PLAN, "plan.toml", "toml").place(("developer", "revenue"))
    assert (place.file, place.line, place.key) == ("plan.toml", None, "developer.revenue")


def test_windows_line_ends_and_a_byte_order_mark_do_not_move_places() -> None:
    document = parse("\ufeff" + PLAN.replace("\n", "\r\n"), "plan.toml", "toml")
    assert document.place(("stage", 0, "tokens")) == parse(PLAN, "plan.toml", "toml").place(("stage", 0, "tokens"))


@pytest.mark.parametrize("quotes", ['"""', "'''"])
@pytest.mark.parametrize("inside", ["", "a", "a#b = [", "\n[x]\ny = 1\n", "a ''", 'a ""', "it's"])
def test_strings_of_several_lines_are_passed_over(quotes: str, inside: str) -> None:
    text = f"first = {quotes}{inside}{quotes}\nsecond = 2\n"
    if inside.endswith(quotes[0]):  # up to two quotes may stand before the closing three
        assert tomllib.loads(text)["first"] == inside
    assert parse(text, "plan.toml", "toml").place(("second",)).line == inside.count("\n") + 2


def test_a_column_counts_characters_not_bytes() -> None:
    assert parse('"é𝛼" = 1', "plan.toml", "toml").place(("é𝛼",)).column == 8


def test_names_of_keys_are_cut_and_never_break_a_stream() -> None:
    document = parse(json.dumps({"k" * 500: {"a\x1b[0m": 1}}), "config.json", "json")
    dotted = document.place(("k" * 500, "a\x1b[0m")).key
    assert len(dotted) < 100
    assert "\x1b" not in dotted

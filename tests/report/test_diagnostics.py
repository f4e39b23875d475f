"""Problems are shown with their line, a caret and a hint, and cannot steer the terminal."""

from __future__ import annotations

import json
import re

import pytest
from hypothesis import given
from hypothesis import strategies as st

from flopline.errors import Diagnostic, Place
from flopline.report.columns import width_of
from flopline.report.diagnostics import diagnostics_json, diagnostics_text

UPSIDE_DOWN = Diagnostic(
    "E200",
    "`22T..17T` is upside down",
    Place("plan.toml", 12, 10, 'tokens = "22T..17T"', "stage.pretrain.tokens"),
    "the lower end comes first: `17T..22T`",
)
LEFT_OUT = Diagnostic("W101", "pre-training only: not a determination")


def test_an_error_shows_message_place_line_caret_and_hint() -> None:
    assert diagnostics_text([UPSIDE_DOWN]) == (
        "error: `22T..17T` is upside down\n"
        " --> plan.toml:12:10 (stage.pretrain.tokens)\n"
        '  12 | tokens = "22T..17T"\n'
        "     |          ^\n"
        "hint: the lower end comes first: `17T..22T`\n"
    )


def test_a_warning_shows_its_code() -> None:
    assert diagnostics_text([LEFT_OUT]) == "warning[W101]: pre-training only: not a determination\n"


def test_a_blank_line_stands_between_diagnostics() -> None:
    assert diagnostics_text([LEFT_OUT, LEFT_OUT]) == "\n".join([diagnostics_text([LEFT_OUT])] * 2)


def test_a_flag_is_a_place() -> None:
    assert diagnostics_text([Diagnostic("E200", "bad", Place(key="--tokens"))]) == "error: bad\n --> --tokens\n"


def test_a_place_without_its_line_is_named_only() -> None:
    assert diagnostics_text([Diagnostic("E102", "bad", Place("a.toml", 3, 4))]) == "error: bad\n --> a.toml:3:4\n"


def test_colour_adds_nothing_but_colour() -> None:
    both = [UPSIDE_DOWN, LEFT_OUT]
    colored = diagnostics_text(both, color=True)
    assert "\x1b[" in colored
    assert re.sub(r"\x1b\[[0-9;]*m", "", colored) == diagnostics_text(both)


def excerpt(text: str, column: int) -> tuple[str, int]:
    """Return the line as shown and the cells before its caret."""
    shown = diagnostics_text([Diagnostic("E1", "bad", Place("f", 7, column, text))]).split("\n")
    return shown[2].removeprefix("  7 | "), len(shown[3].removeprefix("    | ")) - 1


@pytest.mark.parametrize("before", ["", "\t", "\t\t ", "模型 = ", "é", "e\u0301", "\x1b[31m", "\x00", "a\u202eb"])
def test_the_caret_stands_below_its_character(before: str) -> None:
    line, cells = excerpt(before + "X = 1", len(before) + 1)
    assert width_of(line[: line.index("X")]) == cells


@given(st.integers(1, 5000), st.integers(0, 5000))
def test_a_long_line_is_cut_around_its_column(column: int, rest: int) -> None:
    line, cells = excerpt("a" * (column - 1) + "X" + "a" * rest, column)
    assert len(line) <= 106
    assert line[cells] == "X"


def test_a_column_behind_the_line_is_shown_at_its_end() -> None:
    assert excerpt("tokens =", 9) == ("tokens =", 8)


@given(st.text(st.characters(categories=["Cc", "Cf", "Ll"]), max_size=20))
def test_no_control_character_reaches_the_terminal(text: str) -> None:
    shown = diagnostics_text([Diagnostic("E1", text, Place(text, 1, 1, text, text), text)])
    assert all(line.isprintable() for line in shown.split("\n"))


def test_json_has_the_first_error_and_the_others() -> None:
    assert diagnostics_json([UPSIDE_DOWN, LEFT_OUT]) == {
        "error": {
            "code": "E200",
            "message": "`22T..17T` is upside down",
            "place": {"file": "plan.toml", "line": 12, "column": 10, "key": "stage.pretrain.tokens"},
            "hint": "the lower end comes first: `17T..22T`",
        },
        "others": [{"code": "W101", "message": "pre-training only: not a determination", "place": None, "hint": None}],
    }


def test_json_of_a_strange_file_name_can_be_written() -> None:
    data = diagnostics_json([Diagnostic("E101", "`\udcff.toml` does not exist", Place("\udcff.toml"))])
    assert json.dumps(data, ensure_ascii=False).encode()

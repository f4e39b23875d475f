"""Whatever is wrong with a plan is said at its place, with a hint, and all of it at once."""

from __future__ import annotations

import json

import pytest
from planning import HERE, RICH, STAGE, only, problem, read, refused, with_stage

from flopline.report.diagnostics import diagnostics_text


def where(found):
    return (found.place.file, found.place.line, found.place.column)


def test_an_unknown_key_is_pointed_at_with_the_key_that_was_meant():
    found = only(
        refused('[[stage]]\nname = "run"\nkind = "pretraining"\nparams = "70B"\ntokens = "15T"\nseqlen = 8192\n')
    )
    assert found.code == "E301"
    assert where(found) == ("plan.toml", 6, 1)
    assert found.hint == "did you mean `seq_len`?"
    assert diagnostics_text([found]).splitlines() == [
        "error: unknown key `seqlen`", " --> plan.toml:6:1 (stage.run.seqlen)", "  6 | seqlen = 8192", "    | ^",
        "hint: did you mean `seq_len`?",
    ]  # fmt: skip


@pytest.mark.parametrize(
    ("table", "key", "meant"),
    [
        ("developer", "revenu", "revenue"),
        ("model", "generate", "generates"),
        ("model", "confg", "config"),
        ("model.open_source", "free_license", "free_licence"),
    ],
)
def test_a_key_that_is_slightly_wrong_is_recognized_in_every_table(table, key, meant):
    found = only(refused(f'[{table}]\n{key} = "yes"\n[[stage]]\nname = "run"\nkind = "research"\nflop = 1\n'))
    assert (found.code, found.place.line, found.hint) == ("E301", 2, f"did you mean `{meant}`?")


@pytest.mark.parametrize("inner", ["base", "teacher", "period", "lora"])
def test_keys_inside_the_tables_of_a_stage_are_checked_too(inner):
    value = {
        "base": {"name": "b", "developer": "own", "flopp": 1},
        "teacher": {"parms": "7B"},
        "period": [{"chipz": 1}],
        "lora": {"rank": 4, "target": []},
    }[inner]
    found = refused(with_stage(**{inner: value}), "json")
    assert any(one.code == "E301" and one.hint.startswith("did you mean") for one in found)


def test_a_key_that_resembles_nothing_lists_what_there_is():
    assert "known keys: actor, active" in problem(zzz=1).hint.replace("active, actor", "actor, active")


def test_every_problem_of_a_file_is_said_at_once_in_its_order():
    found = refused((HERE / "broken.toml").read_text())
    assert [(one.place.line, one.code) for one in found] == [
        (1, "E303"),  # schema = 2
        (2, "E301"),  # titel
        (3, "E305"),  # a time of day
        (6, "E303"),  # no such role
        (7, "E303"),  # a year in words
        (8, "E303"),  # a jurisdiction in capitals
        (13, "E305"),  # a name with a space
        (14, "E303"),  # no such kind
        (15, "E200"),  # upside down
        (16, "E200"),  # 130 %
        (17, "E502"),  # an ambiguous chip
        (18, "E601"),  # a hardware counter
        (21, "E302"),  # a generator is missing
        (24, "E310"),  # a key of other kinds
        (27, "E330"),  # the name is taken
        (30, "E335"),  # tokens as parameters
        (34, "E332"),  # no such quantity
        (38, "E305"),  # a correlation of 2
        (41, "E331"),  # no such quantity
    ]
    assert all(one.place.column and one.place.text is not None for one in found)


def test_each_is_said_once():
    found = refused((HERE / "broken.toml").read_text())
    assert len(found) == len(set(found))


def test_problems_of_several_stages_stand_together():
    stages = [
        {"name": "one", "kind": "pretraining"},
        {"name": "two", "kind": "evaluation", "tokens": "1T"},
        {"name": "three", "kind": "pretraining", "params": "1B", "tokens": "-1T"},
    ]
    assert [one.code for one in refused(with_stage(*stages), "json")] == ["E311", "E311", "E200"]


BAD_AMOUNTS = [
    0, -1, -0.0, "0", "-15T", "0..5T", "-1T..5T", "22T..17T", "17T..17T", "17..22T", "15T x/ 0.5", "15T x/", "..",
    "1..2..3..4", "3 .. 2 .. 1", "15T +- 2T",
    "15TB", "15 FLOP/s", "fifteen", "", " ", "1e400", "nan", "inf", "1,000", True, False, [], [15], {},
    {"dist": "uniform"}, {"low": 1, "high": 2},
    {"dist": "uniform", "low": 2, "high": 1}, {"dist": "uniform", "low": 1, "high": 2, "mode": 1},
    {"dist": "normal", "mean": 1, "sd": 1},
    {"dist": "lognormal", "median": 1, "sigma": -1}, {"dist": "samples", "values": [1]},
    {"dist": "quantiles", "p": [0.9, 0.1], "x": [1, 2]},
    {"dist": "interval", "low": 1, "high": 2, "level": 1}, {"dist": "beta", "a": 2, "b": 2}, {"shares": ""},
    {"shares": "a.tokens", "dist": "normal"},
    "x" * 1_000_000, "9" * 100_000, "\0", "\x1b[31m", "٣T",
]  # fmt: skip


@pytest.mark.parametrize("raw", BAD_AMOUNTS, ids=lambda raw: repr(raw)[:30])
def test_what_is_no_amount_is_refused_at_its_key(raw):
    found = problem(tokens=raw)
    assert found.code.startswith("E2")
    assert found.place.key == "stage.pretrain.tokens"
    assert len(found.message) < 200
    assert found.message.isprintable()


@pytest.mark.parametrize("written", ["nan", "inf", "-inf"])
def test_numbers_that_are_none_are_refused_where_they_stand(written):
    found = only(refused(f'[[stage]]\nname = "run"\nkind = "pretraining"\nparams = "70B"\ntokens = {written}\n'))
    assert where(found) == ("plan.toml", 5, 10)


@pytest.mark.parametrize(
    "raw", [0, 1.5, -0.1, 35, "130%", "0%", "95%..105%", "30%..100%", {"dist": "uniform", "low": 0.5, "high": 1.5}]
)
def test_a_share_outside_zero_and_one_is_refused(raw):
    assert problem(rework=raw).code == "E200"


@pytest.mark.parametrize("raw", [1, 1.0, "100%", "1"])
def test_not_every_step_is_lost(raw):  # kept x r / (1 - r)
    found = problem(rework=raw)
    assert (found.code, found.place.key) == ("E305", "stage.pretrain.rework")
    read(with_stage(tokens=None, hardware="h100-sxm", chips=8, days=3, availability=raw), "json")


def test_thirty_five_is_taken_for_a_per_cent_sign_forgotten():
    assert problem(rework=35).hint == "did you mean `35%`?"


@pytest.mark.parametrize("raw", ["8192", 8192.5, 0, -1, True, "8k", [8192], 2**31 + 1, 1e30, None])
def test_a_length_is_a_whole_number(raw):
    if raw is None:
        read(with_stage(seq_len=512), "json")
    else:
        assert problem(seq_len=raw).place.key == "stage.pretrain.seq_len"


@pytest.mark.parametrize("key", ["day", "start"])
@pytest.mark.parametrize(
    "written",
    [
        "5",
        "1.5",
        "true",
        '"tomorrow"',
        '"20261122"',
        '"2026-13-01"',
        '"2026-02-30"',
        '"1700000000"',
        '"2026-11-22T00:00:00"',
        "2026-11-22T00:00:00",
        "2026-11-22T10:30:00Z",
        "10:30:00",
        "[2026-11-22]",
        '""',
    ],
)
def test_a_day_is_a_date_and_nothing_else(key, written):
    found = only(refused(f'{key} = {written}\n[[stage]]\nname = "run"\nkind = "research"\nflop = 1\n'))
    assert found.place.line == 1
    assert "2026-11-22" in found.message or "2026-11-22" in (found.hint or "")


def test_the_day_of_placement_is_a_date_too():
    text = '[model]\nplaced_on_market = 1800000000\n[[stage]]\nname = "run"\nkind = "research"\nflop = 1\n'
    assert "expected a date" in only(refused(text)).message


@pytest.mark.parametrize(
    ("key", "value"),
    [("kind", "training"), ("actor", "me"), ("phase", "later"), ("recompute", "some"), ("attention", "flash"),
    ("relation", "both"), ("public", True), ("mtp", "yes"), ("note", 5), ("trainable", 5), ("lora", "16"),
    ("lora", 1.5), ("lora", 0), ("lora", {"targets": ["q_proj"]}), ("period", {}), ("period", [1]), ("base", 5),
    ("teacher", "other"), ("hardware", 5), ("hardware", ""), ("hardware", "abacus"), ("format", "bf17"),
    ("format", {}), ("format", {"bf16": 2, "fp8": -1}), ("format", {"bf16": 0.5}),
    ("utilization", {"mfu": "40%", "hfu": "50%"}), ("utilization", {"scope": "steady"}),
    ("utilization", {"mfu": "40%", "scope": "sometimes"}), ("utilization", {"gpu_util": 0.9})],
    ids=repr,
)  # fmt: skip
def test_a_value_of_another_kind_is_refused_at_its_key(key, value):
    found = refused(with_stage(**{key: value}), "json")
    assert found[0].place.key.startswith(f"stage.pretrain.{key}"), found


@pytest.mark.parametrize("name", ["", " ", "pre train", "-x", "a.b", "x" * 65, "prätrain", "a\nb", 5, None, ["a"]])
def test_a_name_is_one_word(name):
    if name is None:
        assert only(refused(with_stage(name=None), "json")).code == "E302"
    else:
        assert problem(name=name).code in ("E304", "E305")


def test_a_stage_may_not_be_called_model():
    assert problem(name="model").code == "E330"


def test_two_stages_of_one_name_are_refused_at_the_second():
    text = '[[stage]]\nname = "a"\nkind = "research"\nflop = 1\n[[stage]]\nname = "a"\nkind = "research"\nflop = 1\n'
    found = only(refused(text))
    assert (found.code, found.place.line) == ("E330", 6)


def test_a_plan_holds_twenty_four_stages():
    stages = [{"name": f"s{index}", "kind": "research", "flop": 1e23} for index in range(25)]
    read(with_stage(*stages[:24]), "json")
    found = only(refused(with_stage(*stages), "json"))
    assert found.message == "`stage` has 25 items, where at most 24 can stand"


@pytest.mark.parametrize(
    "text", ["", "\n\n", "# nothing\n", "schema = 1\n", "title = 'x'\n", "[model]\nparams = '70B'\n", "stage = []\n"]
)
def test_a_plan_without_stages_is_refused_with_what_to_add(text):
    found = only(refused(text))
    assert "stage" in found.message
    assert found.place.file == "plan.toml"


@pytest.mark.parametrize("schema", [0, 2, "1", 1.5, True, None, [1]])
def test_another_version_of_the_format_is_refused(schema):
    text = json.dumps({"schema": schema, "stage": [STAGE]})
    assert only(refused(text, "json")).message.startswith("this version reads `schema = 1`")


@pytest.mark.parametrize("stage", [5, "pretrain", [], [5], ["pretrain"], [[]], [None], {"name": "a"}, {}])
def test_stages_are_tables(stage):
    assert refused(json.dumps({"stage": stage}), "json")[0].place.key.startswith("stage")


@pytest.mark.parametrize("table", ["developer", "model"])
@pytest.mark.parametrize("raw", [5, "text", [], [{}], None, True])
def test_the_other_tables_are_tables(table, raw):
    assert only(refused(json.dumps({"stage": [STAGE], table: raw}), "json")).place.key == table


@pytest.mark.parametrize(
    ("table", "value"),
    [
        ({"revenue": {"2025": 5}}, "developer.revenue.2025"),
        ({"revenue": {"2025": "5 EUR"}}, "developer.revenue.2025"),
        ({"revenue": {"year": "5 USD"}}, "developer.revenue.year"),
        ({"revenue": []}, "developer.revenue"), ({"markets": {"EU": "yes"}}, "developer.markets.EU"),
        ({"markets": {"eu": "perhaps"}}, "developer.markets.eu"),
        ({"markets": {"eu": True}}, "developer.markets.eu"), ({"markets": "eu"}, "developer.markets"),
        ({"established": "Europe"}, "developer.established"),
    ],
    ids=str,
)  # fmt: skip
def test_what_a_developer_answers_is_checked(table, value):
    assert only(refused(json.dumps({"stage": [STAGE], "developer": table}), "json")).place.key == value


def test_true_is_answered_with_yes():
    found = only(refused(json.dumps({"stage": [STAGE], "model": {"general": True}}), "json"))
    assert found.hint == 'write "yes"'


@pytest.mark.parametrize("none", ["post-training", ["posttraining"], [5], {"a": 1}, [["post-training"]]])
def test_what_will_not_happen_is_a_list_of_known_omissions(none):
    assert refused(json.dumps({"stage": [STAGE], "none": none}), "json")[0].place.key.startswith("none")


@pytest.mark.parametrize("title", ["x" * 201, 5, ["x"]])
def test_a_title_is_a_short_text(title):
    assert only(refused(json.dumps({"stage": [STAGE], "title": title}), "json")).place.key == "title"


def test_a_key_given_twice_is_refused():
    assert only(refused('title = "a"\ntitle = "b"\n')).place.line == 2
    assert only(refused('{"title": "a", "title": "b"}', "json")).place.column == 16


@pytest.mark.parametrize("depth", [100, 1_000, 100_000])
def test_deep_nesting_is_refused(depth):
    for syntax, text in (
        ("toml", f"a = {'[' * depth}{']' * depth}\n"),
        ("json", f'{{"a": {"[" * depth}{"]" * depth}}}'),
    ):
        assert "nest" in only(refused(text, syntax)).message


def test_a_million_characters_are_no_name():
    assert len(problem(name="x" * 1_000_000).message) < 300


def test_a_long_line_is_shown_around_the_place():
    text = RICH.replace('title = "Every kind of stage"', f'title = "{"x" * 1_000_000}"')
    assert len(diagnostics_text(refused(text))) < 1_000

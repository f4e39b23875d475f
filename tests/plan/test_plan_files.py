"""Files that are no plans and no configurations, and those that can do harm to whoever opens them."""

from __future__ import annotations

import json
import os
import time

import pytest
from planning import HERE, RICH, STAGE

import flopline as fl
from flopline.errors import FloplineError
from flopline.plan import load


def refused(path):
    started = time.monotonic()
    with pytest.raises(FloplineError) as found:
        load(path)
    assert time.monotonic() - started < 5
    return list(found.value.diagnostics)


def naming(folder, config):
    """Return the path of a plan that names a configuration."""
    stage = {"name": "run", "kind": "pretraining", "tokens": "1T", "seq_len": 512, "config": str(config)}
    path = folder / "plan.json"
    path.write_text(json.dumps({"stage": [stage]}))
    return path


@pytest.fixture
def fifo(tmp_path):
    path = tmp_path / "fifo.toml"
    os.mkfifo(path)
    return path


@pytest.fixture
def sparse(tmp_path):
    path = tmp_path / "sparse.json"
    with path.open("wb") as file:
        file.truncate(2 * 1024**3)
    return path


def test_a_missing_plan_names_the_one_beside_it(tmp_path):
    (tmp_path / "plan.toml").write_text(RICH)
    (found,) = refused(tmp_path / "plam.toml")
    assert found.code == "E101"
    assert found.hint == f"did you mean `{tmp_path / 'plan.toml'}`?"


@pytest.mark.parametrize("name", [".", "missing/plan.toml", "/dev/zero", "/dev/null", "/dev/stdin", "/proc/self/mem"])
def test_what_is_no_regular_file_is_no_plan(name, tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    assert refused(name)[0].code.startswith("E1")


def test_a_pipe_is_not_waited_for(fifo, tmp_path):
    assert "not a regular file" in refused(fifo)[0].message
    assert "not a regular file" in refused(naming(tmp_path, fifo))[0].message


def test_two_gigabytes_are_not_read(sparse, tmp_path):
    assert refused(sparse)[0].code == "E102"
    (found,) = refused(naming(tmp_path, sparse))
    assert (found.code, found.place.key) == ("E102", "stage.run.config")


@pytest.mark.parametrize("data", [b"\xff\xfe[\0s\0", b"\x89PNG\r\n\x1a\n\0", b"title = '\xe9'\n"])
def test_what_is_no_text_is_no_plan(data, tmp_path):
    (tmp_path / "plan.toml").write_bytes(data)
    assert refused(tmp_path / "plan.toml")[0].code == "E103"


def test_a_plan_may_begin_with_a_byte_order_mark_and_have_windows_line_ends(tmp_path):
    for path in HERE.glob("small.json"):
        (tmp_path / path.name).write_bytes(path.read_bytes())
    (tmp_path / "plan.toml").write_bytes(b"\xef\xbb\xbf" + RICH.replace("\n", "\r\n").encode())
    assert load(tmp_path / "plan.toml").sha256 == load(HERE / "rich.toml").sha256


def test_a_configuration_is_no_plan():
    codes = {one.code for one in refused(HERE / "small.json")}
    assert codes <= {"E301", "E302"}


def test_a_plan_is_no_configuration(tmp_path):
    (found,) = refused(naming(tmp_path, HERE / "rich.toml"))
    assert found.code.startswith("E4")
    assert "model_type" in found.message


def test_a_missing_configuration_is_named_where_the_plan_names_it(tmp_path):
    (tmp_path / "config.json").write_text("{}")
    (found,) = refused(naming(tmp_path, "confg.json"))
    assert (found.code, found.place.key) == ("E101", "stage.run.config")
    assert found.hint == f"did you mean `{tmp_path / 'config.json'}`?"
    assert found.place.line == 1


def test_a_folder_is_the_config_json_inside(tmp_path):
    (tmp_path / "model").mkdir()
    (tmp_path / "model" / "config.json").write_bytes((HERE / "small.json").read_bytes())
    assert load(naming(tmp_path, "model")).plan.stage[0].config.model_type == "llama"
    (tmp_path / "model" / "config.json").unlink()
    assert refused(naming(tmp_path, "model"))[0].place.key == "stage.run.config"


@pytest.mark.parametrize(
    "name",
    [
        "",
        " ",
        "a\0b",
        "~nobody-at-all/x",
        "x" * 5000,
        "\ud800",
        ".",
        "/dev/zero",
        "config.json/",
        "https://example.org/config.json",
    ],
)
def test_a_path_that_leads_nowhere_is_refused_where_it_stands(name, tmp_path):
    stage = {**STAGE, "params": None, "seq_len": 512, "config": name}
    (tmp_path / "plan.json").write_text(json.dumps({"stage": [stage]}))
    assert refused(tmp_path / "plan.json")[0].place.line == 1


def test_what_is_wrong_inside_a_configuration_is_shown_there(tmp_path):
    (tmp_path / "config.json").write_text('{\n  "model_type": "llama",\n  "hidden_size": -4\n}\n')
    (found, *_) = refused(naming(tmp_path, "config.json"))
    assert found.place.file.endswith("config.json")
    assert found.place.line == 3


def test_paths_start_beside_the_plan_and_flags_where_they_are_typed(tmp_path, monkeypatch):
    (tmp_path / "here").mkdir()
    (tmp_path / "there").mkdir()
    for folder in ("here", "there"):
        (tmp_path / folder / "config.json").write_bytes((HERE / "small.json").read_bytes())
    plan = naming(tmp_path / "there", "config.json")
    monkeypatch.chdir(tmp_path / "here")
    assert fl.load(plan).plan.stage[0].config is not None
    (tmp_path / "there" / "config.json").unlink()
    with pytest.raises(FloplineError):
        fl.load(plan)
    assert fl.estimate(config="config.json", tokens="1T", seq_len=512).total.median > 0


def test_an_unreadable_file_is_refused(tmp_path):
    path = tmp_path / "plan.toml"
    path.write_text(RICH)
    path.chmod(0)
    if os.access(path, os.R_OK):  # nothing is unreadable to root
        assert load(HERE / "rich.toml").plan.title
    else:
        assert refused(path)[0].code == "E100"


def test_a_circle_of_links_is_refused(tmp_path):
    (tmp_path / "plan.toml").symlink_to(tmp_path / "plan.toml")
    assert refused(tmp_path / "plan.toml")[0].code.startswith("E1")

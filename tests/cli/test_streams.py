"""stdout is the answer, stderr is talk; JSON is one line per input, in SI numbers, without NaN."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from pathlib import Path

import pytest
from terminal import flopline, process

from flopline import __version__

pytestmark = pytest.mark.usefixtures("folder")

ENVELOPES = {
    ("estimate", "plan.toml"): (
        "estimate",
        {"plan", "law_day", "level", "seed", "total", "stages", "entries", "lines", "warnings", "notice"},
    ),
    ("estimate", "--params", "70B", "--tokens", "15T"): ("estimate", {"plan", "total", "lines"}),
    ("explain", "plan.toml"): ("explain", set()),
    ("check", "plan.toml"): ("check", {"plan", "warnings"}),
    ("sweep", "plan.toml", "--vary", "pretrain.tokens=1T:2T:2"): ("sweep", {"columns", "scenarios"}),
    ("count", "small.json", "--seq-len", "512"): (
        "count",
        {"parameters", "forward", "training", "terms", "conventions", "extras"},
    ),
    ("examples",): ("examples", {"examples"}),
    ("hardware", "list"): ("hardware list", {"profiles"}),
    ("hardware", "show", "h100-sxm"): ("hardware show", {"peaks"}),
    ("regimes", "list"): ("regimes list", {"regimes"}),
    ("regimes", "show", "eu-ai-act"): ("regimes show", {"regime"}),
    ("regimes", "show", "eu-ai-act/gpai"): ("regimes show", {"regime"}),
    ("regimes", "compare", "eu-ai-act", "cn"): ("regimes compare", {"law_day", "left", "right", "regimes", "pairs"}),
    ("compare", "plan.toml"): (
        "compare",
        {"plan", "law_day", "level", "seed", "lines", "activities", "against", "partings", "warnings", "notice"},
    ),
    ("init", "new.toml"): ("init", {"file", "plan"}),
    ("schema",): ("schema", {"json_schema"}),
}
LINE = {"id", "flop", "compare", "word", "applies", "narrow", "expected", "broad", "conditions", "duties", "source"}


@pytest.mark.parametrize("command", ENVELOPES, ids=" ".join)
def test_every_command_prints_one_envelope(command):
    found = flopline(*command, "--json")
    name, keys = ENVELOPES[command]
    assert found.code == 0, found.err
    assert found.out.count("\n") == 1
    assert (found.answer["flopline"], found.answer["schema"], found.answer["command"]) == (__version__, 1, name)
    assert keys <= set(found.answer)


def test_the_answer_of_estimate_has_what_the_contract_says():
    answer = flopline("estimate", "rich.toml", "--json", "--tolerance", "1e-2").answer
    assert (answer["law_day"], answer["level"], answer["seed"], answer["notice"]) == (
        "2026-11-22",
        0.9,
        0,
        "not legal advice",
    )
    assert set(answer["plan"]) >= {"title", "sha256"}
    assert answer["total"]["unit"] == "FLOP"
    assert [stage["name"] for stage in answer["stages"]][:2] == ["pretrain", "longer"]
    assert all({"name", "kind", "method", "median", "low", "high", "share"} <= set(stage) for stage in answer["stages"])
    assert all({"stage", "activity", "fate", "median", "low", "high"} <= set(entry) for entry in answer["entries"])
    assert all(set(line) >= LINE for line in answer["lines"])
    assert all({"code", "text"} <= set(warning) for warning in answer["warnings"])
    assert sum(stage["share"] for stage in answer["stages"]) == pytest.approx(1)


def test_several_plans_are_json_lines_in_their_order():
    answers = flopline("estimate", "plan.toml", "lora-70b", "gpt-3-175b", "--json").answers
    assert [answer["plan"]["title"] for answer in answers] == ["A plan", "LoRA on Llama 3.1 70B", "GPT-3 175B"]
    assert len(flopline("check", "plan.toml", "lora-70b", "--json").answers) == 2


def test_nothing_is_printed_when_one_of_several_plans_is_wrong():
    found = flopline("estimate", "plan.toml", "broken.toml", "--json")
    assert (found.code, found.out) == (2, "")


def test_check_goes_on_after_a_plan_that_is_wrong():
    found = flopline("check", "broken.toml", "plan.toml", "nowhere.toml")
    assert found.code == 2
    assert found.out.startswith("plan.toml: well-formed\n")
    assert "broken.toml:1:10" in found.err
    assert "nowhere.toml" in found.err


def test_an_answer_goes_to_stdout_and_a_hint_to_stderr():
    found = flopline("estimate", "plan.toml")
    assert "total" in found.out
    assert "hint:" in found.err
    assert "hint: `flopline" not in found.out


@pytest.mark.parametrize(
    "command",
    [
        ("estimate", "plan.toml", "-q"),
        ("estimate", "--params", "7B", "--tokens", "1T", "--quiet"),
        ("init", "new.toml", "-q"),
    ],
)
def test_quiet_leaves_stderr_empty(command):
    found = flopline(*command)
    assert (found.code, found.err) == (0, "")


def test_quiet_does_not_silence_what_is_wrong():
    assert flopline("estimate", "broken.toml", "-q").err.startswith("error: ")


def test_verbose_says_more():
    assert len(flopline("estimate", "plan.toml", "-v").out) > len(flopline("estimate", "plan.toml").out)


@pytest.mark.parametrize(
    ("flags", "painted"),
    [((), False), (("--color", "auto"), False), (("--color", "never"), False), (("--color", "always"), True)],
)
def test_colour_is_for_terminals_or_for_those_who_ask(flags, painted):
    found = flopline("estimate", "broken.toml", *flags)
    assert ("\x1b[" in found.err) == painted


def _on_a_terminal(*arguments: str, **environment: str) -> bytes:
    """Return what a command writes to stderr when that is a terminal."""
    leader, follower = os.openpty()
    command = [sys.executable, "-m", "flopline", *arguments]
    kept = {key: value for key, value in os.environ.items() if key not in ("NO_COLOR", "FORCE_COLOR")}
    running = subprocess.Popen(command, stdout=subprocess.PIPE, stderr=follower, env={**kept, **environment})
    running.communicate(timeout=60)
    os.close(follower)
    written = os.read(leader, 100_000)
    os.close(leader)
    return written


def test_no_color_is_respected_on_a_terminal():
    assert b"\x1b[" in _on_a_terminal("estimate", "broken.toml")
    assert b"\x1b[" not in _on_a_terminal("estimate", "broken.toml", NO_COLOR="1")


@pytest.mark.parametrize(
    "settings",
    [
        {"PYTHONIOENCODING": "ascii"},
        {"LC_ALL": "C", "PYTHONUTF8": "0", "PYTHONCOERCECLOCALE": "0"},
        {"PYTHONIOENCODING": "latin-1"},
    ],
    ids=str,
)
def test_a_terminal_without_unicode_gets_an_answer_all_the_same(folder, settings):
    (folder / "plan.toml").write_text(
        (folder / "plan.toml").read_text().replace("A plan", "Größe 大"), encoding="utf-8"
    )
    settings = {"environment": settings, "encoding": "latin-1"}
    page = process("estimate", "plan.toml", **settings)
    assert (page.returncode, page.stderr.count("Traceback")) == (0, 0)
    answer = process("estimate", "plan.toml", "--json", **settings)
    assert answer.returncode == 0
    if settings["environment"].get("PYTHONIOENCODING") == "ascii":
        assert json.loads(answer.stdout)["plan"]["title"] == "Größe 大"


def test_a_title_cannot_move_the_cursor(folder):
    stage = {"name": "run", "kind": "research", "flop": 1e24, "note": "\x1b[31m"}
    (folder / "plan.json").write_text(json.dumps({"title": "a\x1b[2Jb\x07\r\nc", "stage": [stage]}))
    for command in (("estimate", "plan.json", "-v"), ("check", "plan.json"), ("explain", "plan.json")):
        found = flopline(*command)
        assert found.code == 0
        assert not any(letter in found.out + found.err for letter in "\x1b\x07\r")


def test_a_name_of_a_file_cannot_either():
    found = flopline("estimate", "a\x1b[2Jb.toml")
    assert found.code == 2
    assert "\x1b" not in found.err


@pytest.mark.parametrize(
    "command",
    [
        ("regimes", "list"),
        ("estimate", "llama-3.1-405b", "--json"),
        ("sweep", "plan.toml", "--vary", "pretrain.tokens=1T:9T:2000"),
        ("hardware", "list", "--json"),
    ],
    ids=" ".join,
)
def test_a_reader_that_leaves_is_no_accident(command):
    running = subprocess.Popen(
        [sys.executable, "-m", "flopline", *command], stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True
    )
    assert running.stdout is not None
    running.stdout.read(5)
    running.stdout.close()
    assert running.stderr is not None
    talk = running.stderr.read()
    running.stderr.close()
    assert running.wait(timeout=60) == 0
    assert "Traceback" not in talk
    assert "BrokenPipe" not in talk


def test_a_gate_trips_even_if_nobody_reads_the_answer():
    command = [sys.executable, "-m", "flopline", "estimate", "plan.toml", "--fail-above", "5%", "--json"]
    running = subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL)
    assert running.stdout is not None
    running.stdout.close()
    assert running.wait(timeout=60) == 1


def test_a_full_disk_is_said():
    with Path("/dev/full").open("w") as full:
        found = process("estimate", "plan.toml", "-q", capture_output=False, stdout=full, stderr=subprocess.PIPE)
    assert found.returncode == 2
    assert "no space left on device" in found.stderr
    assert "Traceback" not in found.stderr


@pytest.mark.parametrize("stream", [1, 2])
def test_a_closed_stream_is_no_accident(stream):
    command = f"exec {sys.executable} -m flopline estimate plan.toml --json {stream}>&-"
    assert subprocess.run(["bash", "-c", command], capture_output=True, check=False, timeout=60).returncode == 0


def test_the_module_is_the_command():
    command = ("estimate", "--params", "70B", "--tokens", "15T", "--day", "2026-11-22", "--json")
    assert process(*command).stdout == flopline(*command).out

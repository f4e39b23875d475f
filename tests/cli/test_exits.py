"""Exit codes: 0 answered, 1 a gate tripped, 2 a malformed question, 70 a bug, 130 interrupted."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import time
from unittest import mock

import pytest
from terminal import flopline, process

from flopline import __version__, engine

pytestmark = pytest.mark.usefixtures("folder")

HELP = [
    (), ("estimate",), ("sweep",), ("explain",), ("count",), ("examples",), ("init",), ("check",), ("schema",),
    ("hardware",), ("hardware", "list"),
    ("hardware", "show"), ("regimes",), ("regimes", "list"), ("regimes", "show"),
    ("compare",), ("regimes", "compare"), ("regimes", "check"),
]  # fmt: skip
ANSWERED = [
    ("estimate", "plan.toml"), ("estimate", "lora-70b"), ("estimate", "--params", "70B", "--tokens", "15T"),
    ("explain", "plan.toml"), ("check", "plan.toml"),
    ("sweep", "plan.toml", "--vary", "pretrain.tokens=1T:2T:2"), ("count", "small.json", "--seq-len", "512"),
    ("examples",), ("schema",), ("init", "new.toml"),
    ("hardware", "list"), ("hardware", "show", "h100-sxm"), ("regimes", "list"), ("regimes", "show", "eu-ai-act"),
    ("compare", "plan.toml"), ("regimes", "compare", "eu-ai-act", "us-ca-sb53"),
    ("--version",),
]  # fmt: skip
MALFORMED = [
    ("estimate",), ("estimate", "nowhere.toml"), ("estimate", "nowhere"), ("estimate", "broken.toml"),
    ("estimate", "--tokens"), ("estimate", "--tokenz", "1T"),
    ("estimate", "plan.toml", "--seed", "x"), ("estimate", "plan.toml", "--seed", "-1"),
    ("estimate", "plan.toml", "--threads", "0"), ("estimate", "plan.toml", "--level", "2"),
    ("estimate", "plan.toml", "--tolerance", "0"), ("estimate", "plan.toml", "--day", "today"),
    ("estimate", "plan.toml", "--color", "green"), ("estimate", "plan.toml", "--reading", "loose"),
    ("estimate", "plan.toml", "--fail-above", "2"), ("estimate", "plan.toml", "--fail-above", "x"),
    ("estimate", "plan.toml", "--line", "eu-ai-act/gpai"), ("estimate", "plan.toml", "--catalogue", "nowhere"),
    ("estimate", "plan.toml", "--fail-above", "5%", "--line", "eu-ai-act/gpia"),
    ("estimate", "rich.toml", "--tokens", "1T"), ("estimate", "plan.toml", "plan.toml", "nowhere.toml"),
    ("sweep", "plan.toml"), ("sweep", "plan.toml", "--vary", "x"), ("sweep", "plan.toml", "--vary", "pretrain.x=1"),
    ("sweep", "plan.toml", "--vary", "pretrain.tokens=1T", "--vary", "pretrain.tokens=2T"),
    ("sweep", "plan.toml", "--vary", "pretrain.tokens=1T", "-o", "table.xlsx"),
    ("sweep", "plan.toml", "--vary", "pretrain.tokens=1T", "-o", "nowhere/table.csv"),
    ("sweep", "plan.toml", "--vary", "pretrain.tokens=1T:2T:1000000", "--vary", "model.params=1B:2B:1000000"),
    ("explain", "nowhere.toml"), ("explain", "plan.toml", "--line", "x"), ("check", "broken.toml"),
    ("count", "small.json"), ("count", "nowhere.json", "--seq-len", "8"),
    ("count", "small.json", "--seq-len", "8k"), ("count", "small.json", "--seq-len", "8", "--lora", "x"),
    ("count", "small.json", "--seq-len", "8", "--trainable", "tail"), ("count", "plan.toml", "--seq-len", "8"),
    ("count", "small.json", "--seq-len", "8", "--color", "green"), ("init", "plan.toml"),
    ("init", "nowhere/new.toml"), ("init", "new.json"), ("init", "new.toml", "--tokens", "22T..17T"),
    ("hardware", "show", "abacus"),
    ("hardware", "list", "--format", "bf17"), ("hardware", "list", "--vendor", "nobody"),
    ("regimes", "show", "nowhere"), ("regimes", "show", "eu-ai-act/nothing"), ("regimes", "list", "--day", "x"),
    ("compare", "nowhere.toml"), ("compare", "plan.toml", "--against", "x"), ("regimes", "compare", "cn"),
    ("regimes", "compare", "cn", "x"), ("regimes", "check", "plan.toml"), ("regimes", "check", "nowhere.toml"),
    ("nothing",), ("estimat", "plan.toml"), ("--nothing",), ("hardware", "nothing"), ("examples", "x"), ("schema", "x"),
]  # fmt: skip


@pytest.mark.parametrize("command", HELP, ids=" ".join)
def test_every_command_has_help(command):
    for flag in ("--help", "-h"):
        found = flopline(*command, flag)
        assert (found.code, found.err) == (0, "")
        assert "Usage: flopline" in found.out
    assert "--json" in found.out or command in ((), ("hardware",), ("regimes",))


@pytest.mark.parametrize("command", ANSWERED, ids=" ".join)
def test_an_answer_ends_with_0(command):
    found = flopline(*command)
    assert found.code == 0, found.err
    assert found.out or command[0] == "init"


@pytest.mark.parametrize("command", MALFORMED, ids=" ".join)
def test_a_malformed_question_ends_with_2_and_a_place(command):
    found = flopline(*command)
    assert (found.code, found.out) == (2, ""), found.err
    assert found.err.startswith("error: ")
    assert "\n --> " in found.err


@pytest.mark.parametrize("command", MALFORMED, ids=" ".join)
def test_with_json_it_is_an_object_on_stderr(command):
    found = flopline(*command, "--json")
    assert (found.code, found.out) == (2, "")
    for problem in found.problems:
        assert problem["code"].startswith("E")
        assert problem["message"]
        assert problem["place"]["file"] or problem["place"]["key"]


@pytest.mark.parametrize(
    "command",
    [
        ("sweep",),
        ("explain",),
        ("count",),
        ("check",),
        ("hardware",),
        ("regimes",),
        ("hardware", "show"),
        ("regimes", "show"),
        (),
    ],
    ids=" ".join,
)
def test_a_command_without_arguments_shows_its_help(command):
    found = flopline(*command)
    assert found.code in (0, 2)
    assert "Usage: flopline" in found.out + found.err
    assert "\\x0a" not in found.err


def test_a_slip_names_what_was_meant():
    assert "--tokens" in flopline("estimate", "--tokenz", "1T").err
    assert "estimate" in flopline("estimat", "plan.toml").err


GATES = [
    (("--fail-above", "5%"), 1), (("--fail-above", "0.05"), 1),
    (("--fail-above", "5%", "--line", "eu-ai-act/gpai"), 1),
    (("--fail-above", "5%", "--line", "us-ca-sb53/frontier"), 0),
    (("--fail-above", "99.99%", "--line", "eu-ai-act/systemic-risk"), 0),
    (("--fail-above", "1%", "--line", "us-ca-sb53/frontier", "--line", "eu-ai-act/gpai"), 1),
]  # fmt: skip


@pytest.mark.parametrize(
    ("flags", "code"), GATES, ids=lambda value: " ".join(value) if isinstance(value, tuple) else str(value)
)
def test_a_gate_trips_above_its_limit(flags, code):
    found = flopline("estimate", "plan.toml", *flags)
    assert found.code == code
    assert ("gate: " in found.err) == bool(code)
    assert "gate: " not in found.out


def test_a_gate_looks_at_the_reading_it_is_told():
    plan = (
        "estimate",
        "--params",
        "70B",
        "--tokens",
        "22T..25T",
        "--rework",
        "1%..12%",
        "--line",
        "eu-ai-act/systemic-risk",
    )
    answer = flopline(*plan[:-2], "--json").answer
    line = next(one for one in answer["lines"] if one["id"] == "eu-ai-act/systemic-risk")
    low, high = line["narrow"]["probability"], line["broad"]["probability"]
    assert low < high
    limit = ("--fail-above", f"{(low + high) / 2:.6f}")
    assert flopline(*plan, *limit, "--reading", "narrow").code == 0
    assert flopline(*plan, *limit, "--reading", "broad").code == 1


def test_a_line_that_does_not_apply_trips_nothing():
    assert flopline("estimate", "plan.toml", "--fail-above", "5%", "--line", "eu-ai-act/gpai").code == 1
    chess = flopline(
        "estimate",
        "plan.toml",
        "--fail-above",
        "5%",
        "--line",
        "eu-ai-act/gpai",
        "--general",
        "no",
        "--generates",
        "moves",
    )
    assert chess.code == 0


def test_a_share_of_a_model_that_nobody_names_trips_nothing_and_is_an_error_where_it_is_named():
    gate = ("estimate", "lora-70b", "--fail-above", "0.1%")
    assert flopline(*gate, "--line", "eu-ai-act/modifier").code == 0
    with_no_base = ("estimate", "plan.toml", "--kind", "fine-tuning", "--fail-above", "0.1%")
    assert flopline(*with_no_base, "--line", "us-ca-sb53/frontier").code == 0
    assert "eu-ai-act/modifier" not in flopline(*with_no_base).err
    asked = flopline(*with_no_base, "--line", "eu-ai-act/modifier")
    assert asked.code == 2
    assert "--line" in asked.err
    assert "base = " in asked.err


def test_several_plans_trip_together():
    found = flopline("estimate", "plan.toml", "lora-70b", "--fail-above", "90%", "--line", "eu-ai-act/gpai", "--json")
    assert found.code == 1
    assert len(found.answers) == 2


def test_a_bug_ends_with_70_and_no_traceback():
    with mock.patch.object(engine, "estimate", side_effect=ZeroDivisionError("x")):
        found = flopline("estimate", "plan.toml")
    assert (found.code, found.out) == (70, "")
    assert found.err.startswith("bug: ZeroDivisionError: x")
    assert "--debug" in found.err
    assert "Traceback" not in found.err


def test_an_interrupt_ends_with_130():
    with mock.patch.object(engine, "estimate", side_effect=KeyboardInterrupt):
        found = flopline("estimate", "plan.toml")
    assert (found.code, found.out, found.err) == (130, "", "interrupted\n")


def _interruptible():
    """Take signals as in the foreground: a shell leaves them out for what it starts behind itself."""
    signal.signal(signal.SIGINT, signal.SIG_DFL)


def test_a_signal_ends_a_long_sweep_with_130():
    command = [sys.executable, "-m", "flopline", "sweep", "rich.toml", "--vary", "pretrain.seq_len=1001:101000:100000"]
    running = subprocess.Popen(
        command, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True, env=os.environ, preexec_fn=_interruptible
    )
    time.sleep(3)
    running.send_signal(signal.SIGINT)
    out, err = running.communicate(timeout=60)
    assert (running.returncode, out) == (130, "")
    assert err == "interrupted\n"


def test_the_version_is_printed():
    found = process("--version")
    assert (found.returncode, found.stdout) == (0, f"flopline {__version__}\n")

"""The README is the manual: its commands run, its outputs are what they print, its Python works."""

from __future__ import annotations

import os
import re
import shlex
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parent.parent
README = (ROOT / "README.md").read_text(encoding="utf-8")
BLOCKS = re.findall(r"^```(\w+)\n(.*?)^```$", README, re.MULTILINE | re.DOTALL)
ELSEWHERE = ("pip install", "python -m pytest", "python benchmarks/")
"""Commands that the continuous check runs itself, or that take minutes."""
GATED = {"flopline estimate llama-3.1-405b --fail-above 5% --line eu-ai-act/systemic-risk": 1}
"""Commands whose exit code is the point."""


def sessions():
    """Every console block as pairs of a command and the lines it is said to print."""
    for kind, body in BLOCKS:
        if kind == "console":
            yield [(part.split("\n", 1)[0], part.split("\n")[1:]) for part in body.split("$ ")[1:]]


COMMANDS = [pair for session in sessions() for pair in session if not pair[0].startswith(ELSEWHERE)]


@pytest.fixture(scope="module")
def folder(tmp_path_factory):
    """A folder with the files that the README shows, and the config.json that it speaks of."""
    folder = tmp_path_factory.mktemp("readme")
    for kind, body in BLOCKS:
        named = re.match(r"# (\S+\.toml)\n", body) if kind == "toml" else None
        if named:
            (folder / named[1]).write_text(body, encoding="utf-8")
    shutil.copy(ROOT / "src/flopline/examples/llama-3.1-70b.json", folder / "config.json")
    return folder


def run(command, folder):
    words = shlex.split(command)
    words = [sys.executable, "-m", *words] if command.startswith("flopline") else words
    environment = {**os.environ, "COLUMNS": "120", "PYTHONIOENCODING": "utf-8"}
    return subprocess.run(
        words, cwd=folder, capture_output=True, text=True, encoding="utf-8", env=environment, check=False, timeout=300
    )


@pytest.mark.parametrize(("command", "expected"), COMMANDS, ids=[command for command, _ in COMMANDS])
def test_a_command_of_the_readme_prints_what_the_readme_shows(command, expected, folder):
    found = run(command, folder)
    assert found.returncode == GATED.get(command, 0), found.stderr
    printed = iter(found.stdout.splitlines())
    for line in expected:
        if line.strip() and line.strip() != "...":
            pattern = re.escape(line.rstrip()).replace(re.escape("..."), ".*")
            assert any(re.fullmatch(pattern, other.rstrip()) for other in printed), f"not printed: {line}"


def test_the_python_of_the_readme_runs(folder):
    for kind, body in BLOCKS:
        if kind == "python":
            found = subprocess.run(
                [sys.executable, "-W", "error", "-c", body], cwd=folder, capture_output=True, text=True, check=False
            )
            assert found.returncode == 0, found.stderr


def test_the_readme_names_every_command():
    helped = run("flopline --help", ROOT).stdout
    commands = re.findall(r"^  ([a-z]+)  ", helped.split("Commands:")[1], re.MULTILINE)
    assert commands
    assert [command for command in commands if f"flopline {command}" not in README] == []


def test_the_readme_names_every_key_of_a_stage():
    from flopline.plan import Stage

    assert [key for key in Stage.model_fields if f"`{key}`" not in README and f"stage.{key}" not in README] == []

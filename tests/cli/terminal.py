"""The command line inside this process: arguments in, exit code and both streams out."""

from __future__ import annotations

import contextlib
import io
import json
import os
import subprocess
import sys
from dataclasses import dataclass
from pathlib import Path
from typing import Any
from unittest import mock

from flopline.cli import main

SOURCES = Path(__file__).parents[2] / "src"


@dataclass(frozen=True)
class Outcome:
    """What a command left behind."""

    code: int
    out: str
    err: str

    @property
    def answers(self) -> list[dict[str, Any]]:
        return [json.loads(line, parse_constant=_refused) for line in self.out.splitlines()]

    @property
    def answer(self) -> dict[str, Any]:
        (only,) = self.answers
        return only

    @property
    def problems(self) -> list[dict[str, Any]]:
        """Every problem that `--json` printed on stderr."""
        found = json.loads(self.err, parse_constant=_refused)
        return [found["error"], *found["others"]]

    @property
    def codes(self) -> list[str]:
        return [problem["code"] for problem in self.problems]


def _refused(word: str) -> object:
    raise AssertionError(word)


def flopline(*arguments: object) -> Outcome:
    """Run a command in this process."""
    out, err = io.StringIO(), io.StringIO()
    with (
        mock.patch.object(sys, "argv", ["flopline", *map(str, arguments)]),
        contextlib.redirect_stdout(out),
        contextlib.redirect_stderr(err),
    ):
        try:
            main()
        except SystemExit as left:
            code = left.code
        else:
            code = None
    return Outcome(code, out.getvalue(), err.getvalue())


def process(*arguments: object, **settings: Any) -> subprocess.CompletedProcess[str]:
    """Run a command as a process of its own."""
    settings = {"capture_output": True, "text": True, "encoding": "utf-8", "timeout": 120, **settings}
    environment = {**os.environ, **settings.pop("environment", {})}
    command = [sys.executable, "-m", "flopline", *map(str, arguments)]
    return subprocess.run(command, env=environment, check=False, **settings)

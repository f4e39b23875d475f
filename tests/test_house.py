"""The house rules: style, types, layers, and the promise that the light path stays light."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parent.parent
HEAVY = ("numba", "scipy")


def run(*command: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=False, timeout=600)


@pytest.mark.parametrize("arguments", [("check", "."), ("format", "--check", ".")], ids=["rules", "format"])
def test_ruff_has_nothing_to_say(arguments):
    found = run(sys.executable, "-m", "ruff", *arguments)
    assert found.returncode == 0, found.stdout + found.stderr


def test_types_are_strict():
    found = run(sys.executable, "-m", "mypy")
    assert found.returncode == 0, found.stdout + found.stderr


def test_a_module_imports_only_from_layers_below_it():
    code = "from importlinter.cli import lint_imports_command; lint_imports_command(['--no-cache'])"
    found = run(sys.executable, "-c", code)
    assert found.returncode == 0, found.stdout + found.stderr


@pytest.mark.parametrize(
    "arguments",
    [["--help"], ["--version"], ["hardware", "list"], ["regimes", "list"], ["examples"], ["estimate", "--help"]],
    ids=" ".join,
)
def test_light_commands_import_neither_numba_nor_scipy(arguments):
    code = (
        "import sys; from flopline.cli import main\n"
        f"sys.argv = ['flopline', *{arguments!r}]\n"
        "try:\n    main()\n"
        "except SystemExit as left:\n    assert left.code == 0, left.code\n"
        f"print([name for name in {HEAVY!r} if name in sys.modules], file=sys.stderr)"
    )
    found = run(sys.executable, "-c", code)
    assert found.returncode == 0, found.stderr
    assert found.stderr.strip().endswith("[]"), found.stderr


def test_a_small_question_waits_for_no_compiler():
    code = (
        "import sys; from flopline.cli import main\n"
        "sys.argv = ['flopline', 'estimate', 'lora-70b', '--json']\n"
        "try:\n    main()\nexcept SystemExit as left:\n    assert left.code == 0\n"
        f"print([name for name in {HEAVY!r} if name in sys.modules], file=sys.stderr)"
    )
    found = run(sys.executable, "-c", code)
    assert found.returncode == 0, found.stderr
    assert found.stderr.strip().endswith("[]"), found.stderr


def test_importing_the_library_loads_nothing_heavy():
    code = f"import sys, flopline; print([name for name in {(*HEAVY, 'numpy', 'pydantic')!r} if name in sys.modules])"
    assert run(sys.executable, "-c", code).stdout.strip() == "[]"


def test_rooms_are_small():
    grown = {
        str(path.relative_to(ROOT)): lines
        for folder in ("src", "tests", "benchmarks")
        for path in (ROOT / folder).rglob("*.py")
        if (lines := len(path.read_text(encoding="utf-8").splitlines())) > 350
    }
    assert not grown

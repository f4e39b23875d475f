"""A plan file to start from."""

from __future__ import annotations

import os
import tempfile
from collections.abc import Mapping
from datetime import date
from pathlib import Path
from typing import Final

from flopline.documents import parse
from flopline.errors import DocumentError, Place
from flopline.plan.amounts import Surroundings
from flopline.plan.load import load_document

_OF_MODEL: Final = ("config", "params", "active")
_MACHINE: Final = ("hardware", "chips", "days", "hours", "chip_hours", "format", "utilization")
_TEMPLATE: Final[dict[str, object]] = {"params": "70B", "tokens": "15T..17T"}

_TAIL: Final = """
# What the plan is silent about is the largest error. Fill in what will happen, and list under `none` what will not:
# none = ["post-training", "synthetic-data", "later-updates"]      # at the top of the file

# [[stage]]
# name = "reasoning-rl"
# kind = "reinforcement-learning"
# prompts = "2M"
# samples_per_prompt = 16
# prompt_tokens = 500
# tokens_per_sample = "2k..12k"
# reference = "self"

# [[stage]]
# name = "synthetic"
# kind = "synthetic-data"
# generator = { params = "405B" }
# tokens_generated = "1T..3T"          # discarded samples included
# public = "no"
"""


def write_plan(path: Path, values: Mapping[str, object], *, force: bool) -> None:
    """Write a plan to a file, whole or not at all.

    Parameters
    ----------
    values : mapping
        Keys of the first stage and of its model; empty for a template.
    force : bool
        Replace an existing file.

    Raises
    ------
    DocumentError
        The file exists, or its folder does not.
    PlanError
        The values do not describe a run.
    """
    place = Place(file=str(path))
    if path.exists() and not force:
        message = f"`{path}` exists"
        raise DocumentError(message, hint="name another file, or add --force", place=place)
    if not path.parent.is_dir():
        message = f"the folder `{path.parent}` does not exist"
        raise DocumentError(message, place=place)
    if path.suffix != ".toml":
        message = f"`{path}` does not end in .toml"
        raise DocumentError(message, place=place)
    text = plan_text(values or _TEMPLATE)
    load_document(parse(text, str(path), "toml"), Surroundings(path.parent))
    _replace(path, text)


def plan_text(values: Mapping[str, object]) -> str:
    """Return the text of a plan with one pre-training stage and everything else as comments."""
    title = values.get("title", "A training run")
    lines = [
        "schema = 1",
        f"title = {_toml(title)}",
        f"day = {date.today().isoformat()}                       # the day whose law is asked",
        "# start = 2027-01-15                    # first day of the run",
        "",
        "[developer]",
        'markets = { eu = "unknown", us-ca = "unknown", us-ny = "unknown" }',
        '# revenue = { 2025 = "620M USD" }       # gross, with affiliates',
        "",
        "[model]",
        *(f"{key} = {_toml(values[key])}" for key in _OF_MODEL if key in values),
        '# generates = ["text"]',
        '# general = "yes"',
        "",
        "[[stage]]",
        'name = "pretrain"',
        'kind = "pretraining"',
        *(f"{key} = {_toml(values[key])}" for key in ("tokens", "seq_len", *_MACHINE) if key in values),
    ]
    return "\n".join(lines) + "\n" + _TAIL


def _toml(value: object) -> str:
    if isinstance(value, Mapping):
        return "{ " + ", ".join(f"{key} = {_toml(item)}" for key, item in value.items()) + " }"
    if isinstance(value, (int, float)):
        return repr(value)
    text = str(value)
    if text.lstrip().startswith("{"):
        return text
    escaped = text.replace("\\", "\\\\").replace('"', '\\"')
    return '"' + "".join(char if char.isprintable() else f"\\u{ord(char):04x}" for char in escaped) + '"'


def _replace(path: Path, text: str) -> None:
    handle, name = tempfile.mkstemp(dir=path.parent, prefix=f".{path.name}.")
    try:
        with os.fdopen(handle, "w", encoding="utf-8") as file:
            file.write(text)
        Path(name).chmod(0o644)
        Path(name).replace(path)
    except BaseException:
        Path(name).unlink(missing_ok=True)
        raise

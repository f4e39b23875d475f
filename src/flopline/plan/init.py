"""A plan file to start from."""

from __future__ import annotations

import os
import tempfile
from collections.abc import Mapping
from datetime import date
from pathlib import Path
from typing import TYPE_CHECKING, Final

from flopline.documents import parse
from flopline.errors import DocumentError, Place
from flopline.plan.amounts import Surroundings
from flopline.plan.keywords import plan_from_keywords
from flopline.plan.load import LoadedPlan, load_document

if TYPE_CHECKING:
    from collections.abc import Callable

_ORDER: Final = (
    "name", "kind", "tokens", "seq_len", "hardware", "chips", "days", "hours", "chip_hours", "format", "utilization",
)  # fmt: skip
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


def write_plan(path: Path, values: Mapping[str, object], spell: Callable[[str], str], *, force: bool) -> LoadedPlan:
    """Write a plan to a file, whole or not at all, and return it.

    Parameters
    ----------
    values : mapping
        Keys of the first stage and of its model; without any, a template is written.
    spell : callable
        How a key is written where the user wrote it, for the places of what is wrong.
    force : bool
        Replace an existing file.

    Raises
    ------
    DocumentError
        The file exists, or cannot be written.
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
    described = values if set(values) - {"title"} else {**_TEMPLATE, **values}
    tree = plan_from_keywords(described, spell).document.tree
    text = _text(
        str(tree.get("title", "A training run")), _beside(path.parent, tree.get("model", {})), tree["stage"][0]
    )
    loaded = load_document(parse(text, str(path), "toml"), Surroundings(path.parent))
    try:
        _replace(path, text)
    except (OSError, ValueError) as error:
        reason = error.strerror.lower() if isinstance(error, OSError) and error.strerror else str(error)
        message = f"`{path}` cannot be written: {reason}"
        raise DocumentError(message, place=place) from None
    return loaded


def _beside(folder: Path, model: Mapping[str, object]) -> dict[str, object]:
    """Return the model with the path of its config as the plan must name it: from the plan's own folder."""
    config = model.get("config")
    if not isinstance(config, str) or config.startswith("~") or Path(config).is_absolute():
        return dict(model)
    return {**model, "config": os.path.relpath(config, folder)}


def _text(title: str, model: Mapping[str, object], stage: Mapping[str, object]) -> str:
    """Return the text of a plan with one stage, and everything else as comments."""
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
        *(f"{key} = {_toml(value)}" for key, value in model.items()),
        '# generates = ["text"]',
        '# general = "yes"',
        "",
        "[[stage]]",
        *(f"{key} = {_toml(stage[key])}" for key in _ORDER if key in stage),
    ]
    return "\n".join(lines) + "\n" + _TAIL


def _toml(value: object) -> str:
    if isinstance(value, Mapping):
        return "{ " + ", ".join(f"{_key(str(key))} = {_toml(item)}" for key, item in value.items()) + " }"
    if isinstance(value, list):
        return "[" + ", ".join(map(_toml, value)) + "]"
    if isinstance(value, bool):
        return "true" if value else "false"
    return repr(value) if isinstance(value, (int, float)) else _quoted(str(value))


def _key(key: str) -> str:
    return key if key.isidentifier() and key.isascii() else _quoted(key)


def _quoted(text: str) -> str:
    escaped = text.replace("\\", "\\\\").replace('"', '\\"')
    return '"' + "".join(char if char.isprintable() else f"\\U{ord(char):08x}" for char in escaped) + '"'


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

"""Short ways to a plan and to what is wrong with one."""

from __future__ import annotations

import copy
import hashlib
import json
from pathlib import Path
from typing import Any

import pytest

from flopline.documents import parse
from flopline.errors import Diagnostic, FloplineError
from flopline.plan import LoadedPlan, Surroundings, load_document

HERE = Path(__file__).parent
RICH = (HERE / "rich.toml").read_text()
STAGE = {"name": "pretrain", "kind": "pretraining", "params": "70B", "tokens": "15T"}
"""A stage that is a whole plan."""


def read(text: str, syntax: str = "toml") -> LoadedPlan:
    """Return the plan in a text, with names of files resolved beside these tests."""
    return load_document(parse(text, f"plan.{syntax}", syntax), Surroundings(HERE))


def content(loaded: LoadedPlan) -> str:
    """Return a digest of everything that a plan says; configurations that say the same are the same."""
    return hashlib.sha256(repr(loaded.plan).encode()).hexdigest()


def refused(text: str, syntax: str = "toml") -> list[Diagnostic]:
    """Return everything that is wrong with a text."""
    with pytest.raises(FloplineError) as found:
        read(text, syntax)
    return list(found.value.diagnostics)


def with_stage(*stages: dict[str, Any], **keys: Any) -> str:
    """Return the JSON of a plan with these stages; without any, with one to which keys are added (None: taken away)."""
    if not stages:
        stage = copy.deepcopy(STAGE) | keys
        stages = ({key: value for key, value in stage.items() if value is not None},)
        keys = {}
    return json.dumps({"stage": list(stages), **keys})


def only(found: list[Diagnostic]) -> Diagnostic:
    """Return the one thing that is wrong."""
    assert len(found) == 1, found
    return found[0]


def problem(**keys: Any) -> Diagnostic:
    """Return the one thing that is wrong with a stage that has these keys too."""
    return only(refused(with_stage(**keys), "json"))

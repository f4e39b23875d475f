"""One family: draw models, run them, and say what flopline counts otherwise."""

from __future__ import annotations

import json
import random
from importlib import import_module
from pathlib import Path
from typing import TYPE_CHECKING, Any

from flopline.architecture import count
from flopline.architecture.lengths import check_lengths
from flopline.architecture.operations import Scores
from flopline.architecture.read import read_architecture
from flopline.errors import FloplineError

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from differential.draw import Draw

HERE = Path(__file__).parent
KEPT = 2
"""Drawn models of each family whose results the tests keep."""


def groups() -> Iterator[tuple[str, Mapping[str, Draw]]]:
    """Yield the files of draws by name, each with its families."""
    for path in sorted((HERE / "draws").glob("[a-z]*.py")):
        yield path.stem, import_module(f"differential.draws.{path.stem}").DRAWS


def compared(name: str, draw: Draw, draws: int, seed: int, kept: list[dict[str, Any]]) -> Iterator[str]:
    """Yield what differs, and keep what two models executed."""
    from differential.executed import executed

    source = random.Random(f"{seed} {name}")
    for index in range(draws):
        config, seq_len, others = draw.one(source)
        try:
            truth, settings = executed(draw, config, seq_len, others)
        except Exception as error:  # noqa: BLE001 # whatever stops a model from running is shown, not raised
            yield f"does not run: {type(error).__name__} {str(error)[:300]} {json.dumps(config)}"
            continue
        line = {"config": config, "seq_len": seq_len, **({"lengths": others} if others else {}), **_wanted(draw, truth)}
        for shown, given in (("drawn", config), ("saved", _saved(config, settings))):
            differing = _differences(given, seq_len, others, line)
            if differing:
                yield f"{shown} {differing} S={seq_len} {others or ''} {json.dumps(config)}"
        if index < KEPT:
            kept.append({"family": name, **line})


def _wanted(draw: Draw, truth: Any) -> dict[str, int]:
    found = {"parameters": truth.parameters, "trainable": truth.trainable, "forward": truth.forward}
    if draw.backward:
        found["training"] = truth.training
    if draw.pairs:
        found["pairs"] = truth.pairs
    return found


def _saved(config: Mapping[str, Any], settings: Any) -> dict[str, Any]:
    """Return the configuration as its library saves it."""
    if "_class_name" in config:
        kept = {key: value for key, value in settings.items() if not key.startswith("_") or key == "_class_name"}
        found: dict[str, Any] = json.loads(json.dumps(kept))
        return found
    saved: dict[str, Any] = json.loads(settings.to_json_string(use_diff=False))
    if "architectures" in config:
        saved["architectures"] = config["architectures"]
    return saved


def _differences(config: Mapping[str, Any], seq_len: int, others: Mapping[str, int], line: Mapping[str, Any]) -> str:
    """Return every number that flopline counts otherwise."""
    try:
        found = count(config, seq_len=seq_len, lengths=dict(others))
    except FloplineError as error:
        return f"refused: {error}"
    ours = {
        "parameters": found.parameters.total,
        "trainable": found.trainable_parameters,
        "forward": found.forward.full,
        "training": found.training.full,
        "pairs": visible_pairs(config, seq_len, others) if "pairs" in line else 0,
    }
    return ", ".join(
        f"{key} {ours[key]} for {line[key]} ({ours[key] - line[key]:+d})"
        for key in ours
        if key in line and ours[key] != line[key]
    )


def visible_pairs(config: Mapping[str, Any], seq_len: int, others: Mapping[str, int]) -> int:
    """Return the visible query-key pairs of all heads and layers."""
    architecture = read_architecture(config)
    lengths = check_lengths(architecture, seq_len, dict(others))
    return sum(
        one.heads * one.mask.both(lengths)[1]
        for layer in architecture.layers
        for one in layer.operations
        if isinstance(one, Scores)
    )

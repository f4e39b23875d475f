"""Draw random configurations, run them, and compare: `python benchmarks/differential [FAMILY ...] [--draws 20]`."""

from __future__ import annotations

import argparse
import json
import random
import sys
from collections.abc import Iterator, Mapping
from importlib import import_module
from pathlib import Path
from typing import Any

sys.path.insert(0, str(Path(__file__).parents[1]))

from differential.draw import Draw

from flopline.architecture import count
from flopline.architecture.operations import Scores
from flopline.architecture.lengths import check_lengths
from flopline.architecture.read import read_architecture
from flopline.errors import FloplineError

HERE = Path(__file__).parent
SAMPLE = HERE.parents[1] / "tests" / "data" / "architecture" / "differential"
KEPT = 2
"""Drawn models of each family whose results the tests keep."""


def main() -> int:
    """Compare the families asked for; return 1 if any model differs."""
    parser = argparse.ArgumentParser(prog="python benchmarks/differential", description=__doc__)
    parser.add_argument("families", nargs="*", help="names of families, or of files of draws; all where none is named")
    parser.add_argument("--draws", type=int, default=10, help="models of each family")
    parser.add_argument("--seed", type=int, default=0)
    parser.add_argument("--write", action="store_true", help=f"keep {KEPT} results of each family as test data")
    asked = parser.parse_args()
    wrong = 0
    for file, draws in _files():
        wanted = {
            name: draw for name, draw in draws.items()
            if not asked.families or file in asked.families or name in asked.families
        }  # fmt: skip
        kept: list[dict[str, Any]] = []
        for name, draw in wanted.items():
            problems = list(_compared(name, draw, asked.draws, asked.seed, kept))
            print(f"{file}.{name}: {asked.draws} models, {len(problems)} differ", *problems[:5], sep="\n  ", flush=True)
            wrong += len(problems)
        if asked.write and wanted:
            _write(file, kept, replace=len(wanted) == len(draws))
    return 1 if wrong else 0


def _files() -> Iterator[tuple[str, Mapping[str, Draw]]]:
    for path in sorted((HERE / "draws").glob("[a-z]*.py")):
        yield path.stem, import_module(f"differential.draws.{path.stem}").DRAWS


def _compared(name: str, draw: Draw, draws: int, seed: int, kept: list[dict[str, Any]]) -> Iterator[str]:
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
        return {key: value for key, value in settings.items() if not key.startswith("_") or key == "_class_name"}
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


def _write(file: str, kept: list[dict[str, Any]], *, replace: bool) -> None:
    path = SAMPLE / f"{file}.jsonl"
    families = {one["family"] for one in kept}
    before = [json.loads(text) for text in path.read_text().splitlines()] if path.exists() and not replace else []
    lines = [one for one in before if one.get("family") not in families] + kept
    path.write_text("".join(json.dumps(one, separators=(",", ":")) + "\n" for one in lines))


if __name__ == "__main__":
    raise SystemExit(main())

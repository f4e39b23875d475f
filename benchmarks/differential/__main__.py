"""Draw random configurations, run them, and compare: `python benchmarks/differential [FAMILY ...] [--draws 20]`."""

from __future__ import annotations

import argparse
import json
import sys
from pathlib import Path
from typing import Any

sys.path.insert(0, str(Path(__file__).parents[1]))

from differential.compare import HERE, KEPT, compared, groups

SAMPLE = HERE.parents[1] / "tests" / "data" / "architecture" / "differential"


def main() -> int:
    """Compare the families asked for; return 1 if any model differs."""
    parser = argparse.ArgumentParser(prog="python benchmarks/differential", description=__doc__)
    parser.add_argument("families", nargs="*", help="names of families, or of files of draws; all where none is named")
    parser.add_argument("--draws", type=int, default=10, help="models of each family")
    parser.add_argument("--seed", type=int, default=0)
    parser.add_argument("--write", action="store_true", help=f"keep {KEPT} results of each family as test data")
    asked = parser.parse_args()
    wrong = 0
    for file, draws in groups():
        wanted = {
            name: draw for name, draw in draws.items()
            if not asked.families or file in asked.families or name in asked.families
        }  # fmt: skip
        kept: list[dict[str, Any]] = []
        for name, draw in wanted.items():
            problems = list(compared(name, draw, asked.draws, asked.seed, kept))
            print(f"{file}.{name}: {asked.draws} models, {len(problems)} differ", *problems[:5], sep="\n  ", flush=True)
            wrong += len(problems)
        if asked.write and wanted:
            _write(file, kept, replace=len(wanted) == len(draws))
    return 1 if wrong else 0


def _write(file: str, kept: list[dict[str, Any]], *, replace: bool) -> None:
    path = SAMPLE / f"{file}.jsonl"
    families = {one["family"] for one in kept}
    before = [json.loads(text) for text in path.read_text().splitlines()] if path.exists() and not replace else []
    lines = [one for one in before if one.get("family") not in families] + kept
    path.write_text("".join(json.dumps(one, separators=(",", ":")) + "\n" for one in lines))


if __name__ == "__main__":
    raise SystemExit(main())

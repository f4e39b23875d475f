"""The fit as the TOML table that the package reads."""

from __future__ import annotations

import hashlib
import json
from datetime import UTC, datetime
from pathlib import Path

HERE = Path(__file__).parent
TABLE = HERE.parents[1] / "src" / "flopline" / "utilization" / "data" / "prior.toml"
DATA = ("whole_runs", "benchmarks", "families")


def write(found: dict[str, object]) -> None:
    """Write what `calibrate` found, with the data it rests on."""
    lines = ["# Written by benchmarks/calibration/fit.py --write; edit the data there, not this file.", ""]
    provenance = {
        "cite": "flopline's fit to published runs (Epoch AI, Data on AI Models, CC-BY 4.0; reports)",
        "script": "benchmarks/calibration/fit.py",
        "date": datetime.now(UTC).date().isoformat(),
    }
    lines += section("provenance", provenance | {f"sha256_{name}": digest(name) for name in DATA})
    for group in ("scope", "format"):
        for name, values in found[group].items():
            lines += section(f"{group}.{json.dumps(name)}", values)
    for name in ("effect", "stage"):
        lines += section(name, found[name])
    for name in ("family", "run"):
        for one in found[name]:
            lines += section(name, one, array=True)
    TABLE.write_text("\n".join(lines), encoding="utf-8")


def digest(name: str) -> str:
    return hashlib.sha256((HERE / f"{name}.csv").read_bytes()).hexdigest()


def section(name: str, values: dict[str, object], array: bool = False) -> list[str]:
    head = f"[[{name}]]" if array else f"[{name}]"
    return [head, *(f"{key} = {toml(value)}" for key, value in values.items()), ""]


def toml(value: object) -> str:
    if isinstance(value, float):
        return f"{value:.6g}" if not value.is_integer() else f"{value:.1f}"
    if isinstance(value, list):
        return f"[{', '.join(map(toml, value))}]"
    return json.dumps(value, ensure_ascii=False)

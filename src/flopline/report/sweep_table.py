"""A sweep as text, CSV and JSON files."""

from __future__ import annotations

import csv
import io
import json
import os
import tempfile
from pathlib import Path
from typing import TYPE_CHECKING, Final

from flopline import quantity
from flopline.errors import DocumentError, Place
from flopline.report.columns import columns
from flopline.settings import pairs_of

if TYPE_CHECKING:
    from collections.abc import Sequence

    from flopline.engine.sweep import Sweep

SUFFIXES: Final = (".csv", ".json")


def axes_of(texts: Sequence[str], output: Path | None) -> dict[str, str]:
    """Return axes by name from `KEY=VALUES`, after a look at whether the output can be written at all.

    Raises
    ------
    PlanError
        An axis without a key or values, or named twice.
    DocumentError
        An output of an unknown kind, or in a folder that does not exist.
    """
    axes = pairs_of(texts, "--vary", "pretrain.tokens=14T:23T:9")
    if output is not None and output.suffix not in SUFFIXES:
        message = f"`{output}` is no kind of table that a sweep is written as"
        raise DocumentError(message, hint=f"end it in {' or '.join(SUFFIXES)}", place=Place(key="--output"))
    if output is not None and not output.parent.is_dir():
        message = f"the folder `{output.parent}` does not exist"
        raise DocumentError(message, place=Place(key="--output"))
    return axes


def sweep_csv(sweep: Sweep) -> str:
    """Return the table as CSV with full-precision SI numbers."""
    table = sweep.cells()
    buffer = io.StringIO()
    writer = csv.writer(buffer, lineterminator="\n")
    writer.writerow(table)
    writer.writerows(zip(*table.values(), strict=True))
    return buffer.getvalue()


def sweep_text(sweep: Sweep) -> str:
    """Return the table for a screen: axes, and the expected probability of each line."""
    table = sweep.columns()
    shown = [f"{line}.expected.probability" for line in sweep.lines]
    rows = [(*[axis.name for axis in sweep.axes], *sweep.lines)]
    for index in range(len(sweep)):
        axes = (_value(table[axis.name][index]) for axis in sweep.axes)
        rows.append((*axes, *(_probability(float(table[name][index])) for name in shown)))
    text = "\n".join(columns(rows, right=range(len(rows[0]))))
    return (
        text + "\n\n  probability of crossing, expected reading; -o table.csv has all readings, errors and machines\n"
    )


def _value(value: object) -> str:
    return str(value) if isinstance(value, str) else quantity.counted(float(value))  # type: ignore[arg-type] # a cell is text or a number


def _probability(probability: float) -> str:
    if probability in (0.0, 1.0):
        return "yes" if probability else "no"
    return quantity.percent(probability)


def write_sweep(sweep: Sweep, path: Path) -> None:
    """Write the table to a file, whole or not at all."""
    text = sweep_csv(sweep) if path.suffix == ".csv" else json.dumps(sweep.to_dict(), allow_nan=False) + "\n"
    handle, name = tempfile.mkstemp(dir=path.parent, prefix=f".{path.name}.")
    try:
        with os.fdopen(handle, "w", encoding="utf-8") as file:
            file.write(text)
        Path(name).replace(path)
    except BaseException:
        Path(name).unlink(missing_ok=True)
        raise

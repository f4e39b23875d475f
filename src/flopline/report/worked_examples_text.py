"""The page of `flopline examples guidelines`: the Commission's examples, computed, beside what it prints."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final

from flopline.report.columns import columns
from flopline.report.footnotes import Footnotes
from flopline.report.page import page
from flopline.report.prose import wrapped

if TYPE_CHECKING:
    from collections.abc import Iterator

    from flopline.engine.worked_examples import PrintedFigure, WorkedExample, WorkedExamples

_WORDS: Final = {
    "params": "6 x {} parameters",
    "tokens": "{} tokens",
    "epochs": "{} epochs",
    "chip_hours": "3,600 s x {} chip-hours",
    "peak": "{}",
    "utilization": "{}",
}


def worked_examples_text(worked: WorkedExamples) -> str:
    """Return the table of worked examples."""
    notes = Footnotes()
    head = f"The Commission's worked examples, computed from their inputs {notes.mark(worked.source)}"
    rows = [("", "inputs", "computed", "printed", "")]
    rows += [row for example in worked.examples for row in _rows(example)]
    remarks = [
        line
        for example in worked.examples
        if example.remark
        for line in wrapped(f"{example.id}: {example.remark}", indent=2, hanging=5)
    ]
    return page([[head], columns(rows, right=(2, 3)), remarks, notes.lines()])


def _rows(example: WorkedExample) -> Iterator[tuple[str, str, str, str, str]]:
    """Yield a line for each printed figure; the second one repeats nothing."""
    left = (example.id, _inputs(example.inputs), _exact(example.flop))
    for figure in example.printed:
        yield (*left, figure.flop, _agreement(figure))
        left = ("", "", "")


def _inputs(inputs: dict[str, Any]) -> str:
    written = ((_WORDS[key], f"{value:,}" if isinstance(value, int) else str(value)) for key, value in inputs.items())
    return " x ".join(words.format(value) for words, value in written)


def _exact(flop: int) -> str:
    """Return a whole number of FLOP with all of its digits that are not zero."""
    digits = str(flop).rstrip("0")
    mantissa = f"{digits[0]}.{digits[1:]}" if len(digits) > 1 else digits
    return f"{mantissa}e{len(str(flop)) - 1}"


def _agreement(figure: PrintedFigure) -> str:
    """Return how the printed figure follows from the computed one."""
    said = [] if figure.where is None else [f"in the {figure.where}"]
    if figure.digits == 1:
        said.append("to one figure")
    if figure.agreement == "truncated":
        said.append(f"truncated: rounds to {figure.rounded}")
    elif figure.agreement == "different":
        said.append(f"differs: {figure.rounded} to as many digits")
    return ", ".join(said)

"""The page of `flopline explain`: formulas and factors, cells of the law, peaks of chips, and their sources."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Any, Final

from flopline import quantity
from flopline.provenance import Source
from flopline.report.columns import columns
from flopline.report.footnotes import Footnotes
from flopline.report.page import labelled, page
from flopline.report.prose import wrapped
from flopline.report.regimes_text import NOTICE, amount, in_words
from flopline.report.sensitivity_text import sensitivity_lines

if TYPE_CHECKING:
    from collections.abc import Mapping

    from flopline.engine.explain import (
        CellExplanation,
        EntryExplanation,
        Explanation,
        FactorExplanation,
        LineExplanation,
    )
    from flopline.engine.sensitivity import Sensitivity

_TRANSFORMS: Final = {"complement": "1 - {}", "odds": "{0} / (1 - {0})"}


def explain_text(explanation: Explanation, influence: Sensitivity | None = None) -> str:
    """Return the page of one explanation, with what moves the answer where that was asked for."""
    notes = Footnotes()
    blocks = [
        [f"{explanation.title}   (law of {explanation.law_day}): where every number comes from"],
        *([] if influence is None else [sensitivity_lines(influence)]),
        *map(_entry, explanation.entries),
        *map(_derived, explanation.derived),
        *(_line(line, notes) for line in explanation.lines),
        *(_chip(chip, explanation, notes) for chip in explanation.hardware),
        notes.lines(),
        [f"  {NOTICE}"],
    ]
    return page(blocks)


def _entry(entry: EntryExplanation) -> list[str]:
    said = ", ".join(one for one in (entry.fate, entry.relation, f"counted by {entry.method}") if one)
    return [f"  {entry.stage}: {entry.activity}   ({said})", *_products(entry)]


def _derived(entry: EntryExplanation) -> list[str]:
    name = entry.activity.replace("_", " ")
    return [f"  {entry.stage}: {name if name.startswith('counted') else f'implied {name}'}", *_products(entry)]


def _products(entry: EntryExplanation) -> list[str]:
    """Return the formula and the factors of each product, every one with its value and source."""
    cells = [
        (_sign(place, factor), _named(factor), factor.value)
        for term in entry.terms
        for place, factor in enumerate(term)
    ]
    labels = iter(columns(cells, indent=0, gap=2))
    rows: list[tuple[str, str]] = []
    for place, term in enumerate(entry.terms):
        rows += [("plus", "")] if place else []
        rows += [(next(labels), factor.source) for factor in term]
    formula = "" if entry.formula == entry.activity else entry.formula
    return [*wrapped(formula, indent=4, hanging=4), *labelled(rows, indent=6, widest=70)]


def _sign(place: int, factor: FactorExplanation) -> str:
    if factor.exponent < 0:
        return "/" if place else "1 /"
    return "x" if place else ""


def _named(factor: FactorExplanation) -> str:
    """Return a factor's name with its transform and power."""
    form = _TRANSFORMS.get(factor.transform or "")
    name = form.format(factor.name) if form else factor.name
    if factor.transform and not form:
        name = f"{factor.transform} at {factor.name}"
    power = abs(factor.exponent)
    return name if power == 1 else f"({name})^{power}"


def _line(line: LineExplanation, notes: Footnotes) -> list[str]:
    """Return what a line says of each entry, with the paragraph."""
    own = Source.model_validate(line.source)
    said = f"{line.id}: {line.name}, {amount(line.flop, line.compare)}, {line.quantity} {notes.mark(own)}"
    rows = []
    for cell in line.cells:
        mark = notes.mark(own if cell.citation == own.cite else _source(cell))
        rows.append((f"{cell.stage}: {cell.activity}", f"{in_words(cell.answer, cell.lean)}. {cell.reason} {mark}"))
    return [*wrapped(said, indent=2), *labelled(rows, indent=4)]


def _source(cell: CellExplanation) -> Source | None:
    """Return the source of a cell; None where the regime's file does not name the row."""
    if cell.grade is None:
        return None
    return Source.model_validate({"cite": cell.citation, "grade": cell.grade, "quote": cell.quote})


def _chip(chip: Mapping[str, Any], explanation: Explanation, notes: Footnotes) -> list[str]:
    """Return the peaks of a chip that the factors use, with their sources."""
    peaks, sources = chip["peaks"], chip["sources"]
    used = [name for name in peaks if name in _formats(chip["id"], explanation)]
    head = f"  {chip['id']}: {chip['vendor']} {chip['name']}, counted by the {chip['unit']}"
    if not used:
        return [head, "    none of its peaks enters the answer"]
    rows = []
    for name in used:
        peak = peaks[name]
        headline = peak["headline"]
        sparse = headline is not None and headline["sparse"]
        trap = f"; the advertised {_tera(headline['rate'])} is sparse: never used" if sparse else ""
        marks = notes.mark(*(Source.model_validate(sources[key]) for key in peak["source"]))
        rows.append((name, f"{_tera(peak['dense'])} dense{trap} {marks}"))
    return [head, *labelled(rows, indent=4)]


def _formats(chip: str, explanation: Explanation) -> set[str]:
    """Return the words of the factors that come from a chip's profile; its formats are among them."""
    parts = (*explanation.entries, *explanation.derived)
    factors = (factor for part in parts for term in part.terms for factor in term)
    return {word for one in factors if one.source == f"hardware {chip}" for word in re.split("[ +]", one.name)}


def _tera(rate: float) -> str:
    return f"{quantity.significant(rate / 1e12, 5)} TFLOP/s"

"""The page of reporting figures: what each form gets, the 30 % test, and what rounding hides."""

from __future__ import annotations

from typing import TYPE_CHECKING

from flopline import quantity
from flopline.report.columns import columns, printable
from flopline.report.page import labelled, page
from flopline.report.prose import wrapped

if TYPE_CHECKING:
    from collections.abc import Iterator

    from flopline.engine.figures import Figure, Figures
    from flopline.engine.margins import Margin

_FORMS = {
    "notification": "notification of the Commission (Art. 52(1))",
    "documentation": "Model Documentation Form (Code of Practice, Transparency)",
}


def figures_text(found: Figures, *, form: str | None = None, line: str | None = None) -> str:
    """Return the page of what forms ask for.

    Parameters
    ----------
    form : {"notification", "documentation"}, optional
        Only this form.
    line : str, optional
        The 30 % test of this line only.
    """
    names = [name for name in _FORMS if form in (None, name)]
    blocks = [[f"{printable(found.title)}   (law of {found.law_day}, {found.reading} reading)"]]
    blocks += [_form(found, name) for name in names]
    margins = [margin for margin in found.margins if line in (None, margin.line)]
    blocks += [_margins(margins), _intended(found), list(_bounds(found))]
    blocks += [_approach(found)] if "notification" in names else []
    texts = [f"{warning.code} {warning.message}" for warning in found.warnings]
    blocks.append([row for text in texts for row in wrapped(text, indent=2, hanging=7)])
    return page([*blocks, _foot()])


def _form(found: Figures, name: str) -> list[str]:
    rows = [(figure.asks, _told(figure, found.level)) for figure in found.figures if figure.form == name]
    return [f"  {_FORMS[name]}", *labelled(rows, indent=4)]


def _told(figure: Figure, level: float) -> str:
    unit = "" if figure.unit in figure.written or figure.written == "N/A" else f" {figure.unit}"
    parts = [f"{figure.written}{unit}, to {' and '.join(figure.to)}"]
    amount = figure.amount
    if amount is not None and amount.low != amount.high:
        ends = f"{quantity.significant(amount.low)} .. {quantity.significant(amount.high)}"
        parts.append(f"median {quantity.significant(amount.median)}, {100 * level:g} %: {ends}")
    parts += [figure.remark] if figure.remark else []
    cite = f"[{figure.source['cite']}, {figure.source['grade']}]"
    return f"{'; '.join(parts)} {cite}"


def _margins(margins: list[Margin]) -> list[str]:
    if not margins:
        return []
    rows = [
        ("line", "reading", "reported R", "within 30 % of R", "point over", "P over 0.5 / 0.25 / 0.1", "1.3 R over")
    ]
    for margin in margins:
        answers = margin.rules["probability"]
        chance = " / ".join("yes" if answers[level] else "no" for level in ("0.5", "0.25", "0.1"))
        rows.append(
            (margin.line, margin.reading, margin.written, quantity.percent(margin.inside),
             "yes" if margin.rules["point"] else "no", chance, "yes" if margin.rules["upper_band"] else "no")
        )  # fmt: skip
    told = dict.fromkeys(
        f"{margin.line}: {margin.dominates} holds {quantity.share(margin.share or 0.0)} of the spread"
        for margin in margins
        if margin.dominates is not None
    )
    return [
        "  the 30 % test (Guidelines, Annex A.2, para. 123 of July, 120 of November 2025)", *columns(rows),
        *(row for text in told for row in wrapped(text, indent=2)),
    ]  # fmt: skip


def _intended(found: Figures) -> list[str]:
    rows = [(name, f"{quantity.flop(one['flop'])}, {one['basis']}") for name, one in found.intended.items()]
    return ["  computation that is intended, where the intent is enough", *labelled(rows, indent=4)] if rows else []


def _bounds(found: Figures) -> Iterator[str]:
    if found.lower_bound:
        names = ", ".join(found.lower_bound)
        yield from wrapped(f"the cumulative figure is a lower bound: nobody knows what {names} took", indent=2)


def _approach(found: Figures) -> list[str]:
    rows = [row for text in found.approach for row in wrapped(f"- {text}", indent=4, hanging=6)]
    return ["  how it was estimated (Annex A.2: assumptions, method, uncertainties)", *rows]


def _foot() -> list[str]:
    text = f"Figures are medians, {quantity.RULE}. Which figure a provider reports is its own best judgement. "
    return wrapped(text + "This is not legal advice.", indent=2, hanging=2)

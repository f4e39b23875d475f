"""The page of `flopline compare`: one plan under every line, and the activities that make the difference."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from flopline import quantity
from flopline.provenance import Source
from flopline.regimes import find_activity
from flopline.report.columns import columns, printable
from flopline.report.footnotes import Footnotes
from flopline.report.line_text import interval_text
from flopline.report.page import labelled, page
from flopline.report.prose import PAGE, wrapped
from flopline.report.regimes_text import NOTICE, in_words
from flopline.report.sides import Sided, side_by_side

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from flopline.engine.compare import ComparedLine, PlanComparison
    from flopline.engine.parting import Parting, PlannedActivity
    from flopline.engine.results import Reading
    from flopline.regimes import Cell

_SHORT: Final = {"yes": "yes", "no": "no", "in": "in", "out": "out"}
_FATES: Final = {"kept": "", "lost": "lost ", "discarded": "discarded "}
_READ: Final = (
    "yes, no: what a line says of it; in, out: disputed, and the side it leans to. The expected reading counts `yes` "
    "and `in`, the narrow one `yes`, the broad one all but `no`. * marks what lines answer differently."
)
_KINDS: Final = {
    "more": "it counts, the other does not",
    "less": "it does not count, the other does",
    "doubt": "counted alike, but sure in one of them only",
}


def compare_text(comparison: PlanComparison, *, verbose: bool = False) -> str:
    """Return the page of one plan under every line.

    Parameters
    ----------
    comparison : PlanComparison
        The answer.
    verbose : bool
        Tell the reasons of the lines beside the law too, not only in the table.
    """
    notes = Footnotes()
    numbers = {line.id: place for place, line in enumerate(comparison.lines, 1)}
    blocks = [
        [f"{comparison.title}   (law of {comparison.law_day}): one plan under every line"],
        _table(comparison.lines, numbers, notes),
        _counted(comparison, numbers),
        *_matrix(comparison, numbers),
        _head(comparison),
        *_partings(comparison, numbers, notes, verbose=verbose),
        notes.lines(),
        notes.cautions(comparison.law_day),
        list(_warnings(comparison, verbose=verbose)),
        wrapped(NOTICE, indent=2, hanging=2),
    ]
    return page(blocks)


def _table(lines: Sequence[ComparedLine], numbers: dict[str, int], notes: Footnotes) -> list[str]:
    """Return every line with its three readings: the law first, then what stands beside it."""
    rows: list[tuple[str, ...]] = [("", "line", "FLOP", "narrow", "expected", "broad", "", "applies", "")]
    for line in lines:
        amount = f"{line.share} base" if line.flop is None else quantity.exact(line.flop)
        rows.append(
            (
                f"#{numbers[line.id]}", line.id, f"{line.compare} {amount}",
                *(_chance(reading, line.certain) for reading in (line.narrow, line.expected, line.broad)),
                "" if line.certain else line.word or "", line.applies or line.status,
                notes.mark(Source.model_validate(line.source)),
            )
        )  # fmt: skip
    shown = columns(rows, right=(0, 2, 3, 4, 5), gap=2)
    law = sum(line.law for line in lines)
    beside = ["", "  for comparison: not law on this day, whatever the figures say"] if law < len(lines) else []
    return [*shown[: law + 1], *beside, *shown[law + 1 :]]


def _counted(comparison: PlanComparison, numbers: dict[str, int]) -> list[str]:
    """Return the FLOP that lines count under their readings; lines that count the same together."""
    alike: dict[tuple[str, ...], list[str]] = {}
    for line in comparison.lines:
        amounts = [reading.amount for reading in (line.narrow, line.expected, line.broad)]
        told = ("-" if one is None else quantity.scientific(one.median) for one in amounts)
        middle = amounts[1]
        spread = "" if middle is None else interval_text(middle.low, middle.high, comparison.level)
        alike.setdefault((*told, spread), []).append(f"#{numbers[line.id]}")
    rows: list[tuple[str, ...]] = [("narrow", "expected", "broad", "expected, with its interval")]
    rows += [amounts for amounts in alike if set(amounts[:3]) != {"-"}]
    labels = columns(rows, right=(0, 1, 2), indent=0, gap=2)
    lines = ["lines", *(", ".join(alike[amounts]) for amounts in rows[1:])]
    return ["  what they count, in FLOP (medians)", *labelled(list(zip(labels, lines, strict=True)), widest=PAGE)]


def _chance(reading: Reading, certain: bool) -> str:
    if reading.probability is None:
        return "-"
    if certain:
        return "yes" if reading.probability == 1 else "no"
    return quantity.whole_percent(reading.probability)


def _matrix(comparison: PlanComparison, numbers: dict[str, int]) -> Iterator[list[str]]:
    """Yield what each line says of each activity of the plan, as many lines beside one another as a page takes."""
    lines = [line.id for line in comparison.lines if all(line.id in one.cells for one in comparison.activities)]
    left = [("", "what the plan computes", "median FLOP")]
    left += [
        ("*" if one.differs else "", named(one), quantity.scientific(one.amount.median))
        for one in comparison.activities
    ]
    widest = max(len(line) for line in columns(left, right=(2,), indent=0, gap=2))
    most = max((PAGE - widest) // 5, 1)
    for start in range(0, len(lines), most):
        part = lines[start : start + most]
        cells = [tuple(f"#{numbers[line]}" for line in part)]
        cells += [tuple(_short(one.cells[line]) for line in part) for one in comparison.activities]
        rows = [(*head, *said) for head, said in zip(left, cells, strict=True)]
        right = (2, *range(3, 3 + len(part)))
        yield [line.rstrip() for line in columns(rows, right=right, indent=0, gap=2)]
    shares = ", ".join(f"#{numbers[line.id]}" for line in comparison.lines if line.flop is None)
    apart = f" {shares}: a share of another model's computation, counted as other lines count." if shares else ""
    yield wrapped(f"{_READ}{apart}", indent=2, hanging=2)


def _short(cell: Cell) -> str:
    return _SHORT[cell.lean or cell.answer]


def named(one: PlannedActivity) -> str:
    """Return what a kind of computation is, with where the plan has it: `lost pretraining (pretrain)`."""
    told = one.attributes
    name = f"{_FATES[told.fate]}{told.activity}"
    trained = find_activity(told.activity).kind == "training"
    more = [
        *([] if told.actor == "own" else [f"by {told.actor}"]),
        *([told.relation] if trained and told.relation in ("teacher", "auxiliary") else []),
        *([] if told.phase == "before" else ["after placement"]),
        *([] if one.during in (None, told.activity) else [f"during {one.during}"]),
        *(["accessible to whom is unknown"] if told.public == "unknown" and told.activity.startswith("synth") else []),
        one.run or ", ".join(one.stages),
    ]
    return f"{name} ({'; '.join(more)})"


def _head(comparison: PlanComparison) -> list[str]:
    if not comparison.partings:
        return []
    text = f"what makes the difference, against {comparison.against}"
    return wrapped(f"{text}: activities of this plan, each with its median FLOP", indent=2, hanging=2)


def _partings(
    comparison: PlanComparison, numbers: dict[str, int], notes: Footnotes, *, verbose: bool
) -> Iterator[list[str]]:
    """Yield where lines part from the one they are held against; lines that part alike together."""
    alike: dict[tuple[object, ...], list[Parting]] = {}
    for one in comparison.partings:
        line = comparison[one.line]
        if not (line.law or verbose):
            continue
        alike.setdefault((line.flop, line.compare, *_likeness(one)), []).append(one)
    against = comparison[comparison.against]
    for together in alike.values():
        yield list(_parting(together, comparison, against, numbers, notes))
    if not verbose and not all(line.law for line in comparison.lines):
        yield ["  -v tells the same of the lines that stand beside the law"]


def _likeness(one: Parting) -> tuple[object, ...]:
    """Return what two lines share that part from a third alike: the same activities with the same answers."""
    return tuple(
        (kind, id(activity), said.answer, said.lean, said.reason)
        for kind in _KINDS
        for activity in getattr(one, kind)
        for said in (activity.cells[one.line],)
    )


def _parting(
    together: Sequence[Parting],
    comparison: PlanComparison,
    against: ComparedLine,
    numbers: dict[str, int],
    notes: Footnotes,
) -> Iterator[str]:
    first = together[0]
    names = ", ".join(f"#{numbers[one.line]} {one.line}" for one in together)
    yield from wrapped(f"{names}: {_sizes(comparison[first.line], against)}", indent=2)
    if not (first.more or first.less or first.doubt):
        yield "    says the same of every activity of this plan"
        return
    here = " ".join(f"#{numbers[one.line]}" for one in together)
    yield from side_by_side([Sided("", (here, f"#{numbers[against.id]}"))])
    for kind, words in _KINDS.items():
        if found := getattr(first, kind):
            yield f"  {words}"
            yield from side_by_side([_difference(one, together, notes) for one in found])


def _sizes(line: ComparedLine, against: ComparedLine) -> str:
    """Return what a line counts of the plan beside what the other counts."""
    here, there = (one.expected.amount for one in (line, against))
    if here is None or there is None:
        return ""
    counts = f"counts {quantity.scientific(here.median)}, where {against.id} counts {quantity.scientific(there.median)}"
    if line.flop is None or line.flop != against.flop:
        return counts
    asked = "" if line.compare == against.compare else f", `{line.compare}` here and `{against.compare}` there"
    return f"{counts}; both lines are at {quantity.exact(line.flop)} FLOP{asked}"


def _difference(one: PlannedActivity, together: Sequence[Parting], notes: Footnotes) -> Sided:
    """Return one activity with what either line says of it, the reason and the paragraphs."""
    here, there = (one.cells[name] for name in (together[0].line, together[0].against))
    marks = notes.mark(*(one.cells[part.line].source for part in together))
    what, _, where = named(one).partition(" (")
    label = f"{what}\n{quantity.flop(one.amount.median)}\n{where.removesuffix(')')}"
    return Sided(label, (f"{_said(here)} {marks}", f"{_said(there)} {notes.mark(there.source)}"))


def _said(cell: Cell) -> str:
    return f"{in_words(cell.answer, cell.lean)}\n{cell.reason}"


def _warnings(comparison: PlanComparison, *, verbose: bool) -> Iterator[str]:
    """Yield the warnings; what lines beside the law rest on is told by the marks of their sources already."""
    beside = tuple(f"`{line.id}`" for line in comparison.lines if not line.law)
    for warning in comparison.warnings:
        if verbose or not warning.message.startswith(beside):
            yield from wrapped(f"{warning.code} {printable(warning.message)}", indent=2, hanging=7)

"""The one-third line: a modification against the model that it modifies, in the count that fits the original.

Sources: Commission Guidelines on general-purpose AI models, section 3.2, paras 63-64 (July 2025 numbering), Annex A.1,
paras 118 and 121.
"""

from __future__ import annotations

from dataclasses import dataclass
from fractions import Fraction
from typing import TYPE_CHECKING, Any, Final, Literal, NamedTuple

import numpy as np

from flopline.engine.factors import exactly
from flopline.engine.lines import counted
from flopline.engine.masks import certain_sum
from flopline.engine.relative import Sides, over_amount, over_share, ratio
from flopline.plan import ancestors_of, is_own, parents
from flopline.plan.amounts import UNKNOWN

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping, Sequence

    from numpy.typing import NDArray

    from flopline.engine.asking import Answer, Asked
    from flopline.engine.disputes import Ask
    from flopline.engine.masks import Mask
    from flopline.engine.results import Amount
    from flopline.plan import Base, Plan, Stage
    from flopline.regimes import Line

Against = Literal["parent", "root", "fallback"]
_READINGS: Final = range(3)


@dataclass(frozen=True)
class Modification:
    """What a plan changes, and whose models it changes.

    Attributes
    ----------
    parents : mapping of str to Base
        The nearest models of other developers, by name.
    roots : mapping of str to Base
        The models of other developers behind them that started from nothing.
    own : mapping of str to Base
        The developer's own runs on the way, which are part of the modification.
    """

    parents: Mapping[str, Base]
    roots: Mapping[str, Base]
    own: Mapping[str, Base]


def modification_of(plan: Plan) -> Modification | None:
    """Return what a plan modifies; None where it starts from nobody else's model."""
    nearest: dict[str, Base] = {}
    own: dict[str, Base] = {}
    waiting: list[Stage | Base] = list(plan.stage)
    while waiting:
        for parent in parents(waiting.pop(), ""):
            base = parent.base
            if not is_own(base, plan.developer):
                nearest.setdefault(base.name, base)
            elif base.name not in own:
                own[base.name] = base
                waiting.append(base)
    if not nearest:
        return None
    behind = {name: one for base in nearest.values() for name, one in {base.name: base, **ancestors_of(base)}.items()}
    roots = {
        name: one
        for name, one in behind.items()
        if one.base is None and not one.merges and not is_own(one, plan.developer)
    }
    return Modification(nearest, roots, own)


class Test(NamedTuple):
    """One comparison with one original.

    Attributes
    ----------
    original : str
        Its name.
    against : {"parent", "root", "fallback"}
        The nearest model of somebody else; the first of its line; or a third of the count's own line.
    counted : {"direct", "cumulative"}
        The count of both sides.
    applied : bool
        The line's readings rest on it.
    narrow, expected, broad : Answer
        The lowest and the highest over the readings of both sides, and the expected one.
    share : Amount or None
        Modification over original, expected readings; None for the fallback.
    flop : float or None
        The fallback's amount.
    certain : bool
        Neither side is uncertain.
    """

    original: str
    against: Against
    counted: str
    applied: bool
    narrow: Answer
    expected: Answer
    broad: Answer
    share: Amount | None
    flop: float | None
    certain: bool

    def to_dict(self) -> dict[str, Any]:
        """Return the comparison as plain values."""
        answers = {
            name: {"probability": answer.probability, "error": answer.error}
            for name, answer in (("narrow", self.narrow), ("expected", self.expected), ("broad", self.broad))
        }
        return {
            "original": self.original, "against": self.against, "count": self.counted, "applied": self.applied,
            **answers, "share": None if self.share is None else self.share.to_dict(), "flop": self.flop,
        }  # fmt: skip


@dataclass(frozen=True)
class _Count:
    """One of the two counts: its line, the rows of the modification under its readings, and which entries count.

    `mine` are the plan's own entries, `own` earlier runs of the developer that are part of the modification.
    """

    name: str
    line: Line
    part: tuple[Mask, Mask, Mask]
    entries: NDArray[np.bool_]
    mine: NDArray[np.bool_]
    own: NDArray[np.bool_]


class Comparisons(NamedTuple):
    """All comparisons of a modification, and the rows that it counts under the three readings.

    Attributes
    ----------
    tests : tuple of Test
    parts : tuple of three masks
        Rows of the modification, in the count of the first original.
    line : Line
        The line whose table counted them.
    unknown : tuple of str
        Originals whose computation the plan neither gives nor declares unknown.
    ask : callable
        From other masks over the entries of the modification to what the leading comparison would then answer.
    """

    tests: tuple[Test, ...]
    parts: tuple[Mask, Mask, Mask]
    line: Line
    unknown: tuple[str, ...]
    ask: Ask


def systemic_risk_of(originals: Iterable[Base]) -> Literal["yes", "no", "unknown"]:
    """Return whether one of several originals carries systemic risk."""
    answers = {base.systemic_risk for base in originals}
    return "yes" if "yes" in answers else "unknown" if "unknown" in answers else "no"


def comparisons(
    asked: Asked, line: Line, others: Mapping[str, Line], modification: Modification, level: float
) -> Comparisons:
    """Return every comparison that the one-third line asks for.

    Parameters
    ----------
    line : Line
        The relative line.
    others : mapping of str to Line
        The lines of the law by id, among them the two whose counts it uses.
    """
    plan = asked.loaded.plan
    share = line.share or Fraction(1, 3)
    chosen: Against = plan.options.original
    found: list[Test] = []
    unknown: list[str] = []
    listed: list[tuple[Against, Base]] = [("parent", base) for base in modification.parents.values()]
    listed += [("root", base) for name, base in modification.roots.items() if name not in modification.parents]
    first = next((base for against, base in listed if against == chosen), listed[0][1])
    for against, base in listed:
        applied = against == chosen or (base.name in modification.roots and base.name in modification.parents)
        for count in _counts(asked, line, others, modification, base):
            whole = _wholes(asked, count, base)
            if whole is not None:
                found.append(_test(asked, base, against, count, whole, share, applied=applied, level=level))
            elif base.flop != UNKNOWN and base.name not in unknown:
                unknown.append(base.name)
            if against == chosen:
                found.append(_fallback(asked, base, count, share, applied=base.flop == UNKNOWN))
    basis = next(iter(_counts(asked, line, others, modification, first)))
    return Comparisons(tuple(found), basis.part, basis.line, tuple(unknown), _asking(asked, basis, first, share))


def _asking(asked: Asked, count: _Count, original: Base, share: Fraction) -> Ask:
    """Return what answers with probabilities of crossing, given masks over entries."""
    whole = _wholes(asked, count, original)
    amount = share * exactly(count.line.flop or 0.0)

    def ask(masks: NDArray[np.bool_]) -> list[float]:
        rows = asked.compiled.rows_of(masks & count.mine | count.own)
        if whole is None:
            return [over_amount(asked, row, amount).probability for row in rows]
        return [over_share(asked, Sides(row, whole[1]), share).probability for row in rows]

    return ask


def _counts(
    asked: Asked, line: Line, others: Mapping[str, Line], modification: Modification, original: Base
) -> Iterator[_Count]:
    """Yield the count of both sides: direct, or cumulative for a model with systemic risk; both where nobody knows."""
    names = {"no": ("direct",), "yes": ("cumulative",), "unknown": ("direct", "cumulative")}
    entries = asked.compiled.entries
    between = {name for name, one in modification.own.items() if original.name in ancestors_of(one)}
    mine = np.array([entry.run is None for entry in entries], dtype=np.bool_)
    own = np.array([entry.run in between for entry in entries], dtype=np.bool_)
    for name in names[original.systemic_risk]:
        counting = others[f"{line.regime}/{getattr(line.relative, name)}"]
        readings = counted(counting, entries)
        parts = asked.compiled.rows_of((readings & mine) | own)
        yield _Count(name, counting, (parts[0], parts[1], parts[2]), readings, mine, own)


def _wholes(asked: Asked, count: _Count, original: Base) -> list[Mask] | None:
    """Return the original's rows under the three readings; None where its own computation is not known.

    Its own run counts, and what it started from as far as the line counts such runs.
    """
    entries = asked.compiled.entries
    its = np.array([entry.run == original.name for entry in entries], dtype=bool)
    if not its.any():
        return None
    behind = ancestors_of(original)
    before = np.array([entry.run in behind for entry in entries], dtype=bool)
    return list(asked.compiled.rows_of(its | (before & count.entries)))


def _test(
    asked: Asked,
    base: Base,
    against: Against,
    count: _Count,
    whole: list[Mask],
    share: Fraction,
    *,
    applied: bool,
    level: float,
) -> Test:
    """Return one comparison; the cautious corner is a broad modification over a narrow original."""
    corners = [Sides(count.part[part], whole[2 - part]) for part in _READINGS]
    narrow, expected, broad = (over_share(asked, sides, share) for sides in corners)
    return Test(
        base.name, against, count.name, applied, narrow, expected, broad,
        ratio(asked, corners[1], level), None, _certain(asked, *count.part, *whole),
    )  # fmt: skip


def _fallback(asked: Asked, base: Base, count: _Count, share: Fraction, *, applied: bool) -> Test:
    """Return the comparison with the same share of the count's own line."""
    amount = share * exactly(count.line.flop or 0.0)
    narrow, expected, broad = (over_amount(asked, count.part[part], amount) for part in _READINGS)
    return Test(
        base.name,
        "fallback",
        count.name,
        applied,
        narrow,
        expected,
        broad,
        None,
        float(amount),
        _certain(asked, *count.part),
    )


def _certain(asked: Asked, *rows: Mask) -> bool:
    return all(certain_sum(asked.compiled, one) is not None for one in rows)


def together(tests: Sequence[Test]) -> tuple[Answer, Answer, Answer] | None:
    """Return the lowest, expected and highest answer over the comparisons that apply; None where none does.

    Several originals are tested one by one, and one over the line is enough. Where nobody knows whether an original
    carries systemic risk, both counts decide the ends, and the direct one what is expected.
    """
    applied = [test for test in tests if test.applied]
    if not applied:
        return None
    direct = {test.original for test in applied if test.counted == "direct"}
    expected = [test.expected for test in applied if test.counted == "direct" or test.original not in direct]
    return (
        min((test.narrow for test in applied), key=_probability),
        max(expected, key=_probability),
        max((test.broad for test in applied), key=_probability),
    )


def _probability(answer: Answer) -> float:
    return answer.probability

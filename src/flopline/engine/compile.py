"""Entries turned into arrays: rows, variables, scores, and the legend that says what each of them is."""

from __future__ import annotations

import math
from dataclasses import dataclass, field
from fractions import Fraction
from typing import TYPE_CHECKING, Final

import numpy as np

from flopline.distributions import Distribution, marginal
from flopline.engine.correlate import cholesky_of
from flopline.engine.events import parted
from flopline.engine.expand import Expansion, expand
from flopline.errors import EngineError
from flopline.kernels.records import CELLS, Marginal, Problem

if TYPE_CHECKING:
    from flopline.engine.factors import Derived, Entry, Factor, Term, Transform
    from flopline.plan import LoadedPlan

MOST_ROWS: Final = 96
"""Products of different quantities; those that differ in certain factors only are one to the kernels."""
MOST_VARIABLES: Final = 128


@dataclass(frozen=True)
class Variable:
    """One uncertain quantity as the engine sees it.

    Attributes
    ----------
    name : str
        Dotted name in the plan.
    transform : Transform or None
        What is applied to the quantity; None for the quantity itself.
    amount : Distribution
        Of the quantity, before the transform.
    score : int
        Index of its normal score; variables of one quantity share it.
    source : str
        Where its distribution comes from.
    part_of : Distribution or None
        The mixture that the amount is a part of.
    """

    name: str
    transform: Transform | None
    amount: Distribution
    score: int
    source: str
    part_of: Distribution | None = None

    @property
    def given(self) -> Distribution:
        """The distribution as the plan gives it."""
        return self.part_of or self.amount


@dataclass(frozen=True)
class Compiled:
    """A plan as arrays with their legend.

    Attributes
    ----------
    problem : Problem
        The arrays; rows of entries first, then rows of derived quantities.
    entries : tuple of Entry
        What the rows belong to.
    derived : tuple of Derived
        Their rows stand behind the entries' rows.
    owner : (E,) integer array
        Index of the entry of each row; -1 - index of the derived quantity for the others.
    variables : tuple of Variable
        What the columns are.
    certain : tuple of Fraction or None
        Exact value of each row without uncertain factors.
    scores : tuple of str
        Name of the quantity behind each score.
    terms : tuple of Term
        The product of each row, mixtures split into their parts.
    """

    problem: Problem
    entries: tuple[Entry, ...]
    derived: tuple[Derived, ...]
    owner: np.ndarray = field(repr=False)
    variables: tuple[Variable, ...] = ()
    certain: tuple[Fraction | None, ...] = ()
    scores: tuple[str, ...] = ()
    terms: tuple[Term, ...] = field(default=(), repr=False)

    def rows_of(self, entries: np.ndarray) -> np.ndarray:
        """Return a mask over rows from a mask over entries (any leading axes)."""
        rows = np.zeros((*entries.shape[:-1], len(self.owner)), dtype=bool)
        mine = self.owner >= 0
        rows[..., mine] = entries[..., self.owner[mine]]
        return rows

    def derived_rows(self, index: int) -> np.ndarray:
        """Return the mask of one derived quantity."""
        return np.asarray(self.owner == -1 - index)

    @property
    def is_certain(self) -> bool:
        """Whether no entry has an uncertain factor."""
        return all(value is not None for value, owner in zip(self.certain, self.owner, strict=True) if owner >= 0)


class _Columns:
    """Variables and scores, collected while rows are made."""

    def __init__(self) -> None:
        self.variables: list[Variable] = []
        self.marginals: list[Marginal] = []
        self.scores: list[str] = []
        self._index: dict[tuple[str, str, Distribution], int] = {}

    def index(self, factor: Factor) -> int:
        """Return the column of an uncertain factor, adding it where it is new."""
        if isinstance(factor.amount, (int, Fraction)):
            message = f"`{factor.name}` is certain"
            raise EngineError(message)
        transform = factor.transform.name if factor.transform else ""
        # Periods in different formats have different priors on the one score of their stage.
        key = (factor.name, transform, factor.amount)
        if key not in self._index:
            if factor.name not in self.scores:
                self.scores.append(factor.name)
            score = self.scores.index(factor.name)
            self._index[key] = len(self.variables)
            self.variables.append(
                Variable(factor.name, factor.transform, factor.amount, score, factor.source, factor.part_of)
            )
            function = factor.transform.function if factor.transform else None
            self.marginals.append(marginal(factor.amount, function))
        return self._index[key]


def compile_plan(loaded: LoadedPlan) -> Compiled:
    """Return the arrays of a plan.

    Raises
    ------
    EngineError
        More rows or uncertain quantities than the engine takes.
    PlanError
        Correlations that no joint distribution has.
    """
    return assemble(expand(loaded), loaded)


def assemble(expansion: Expansion, loaded: LoadedPlan) -> Compiled:
    """Return the arrays of entries that are already split."""
    terms: list[tuple[int, Term]] = [
        (index, part) for index, entry in enumerate(expansion.entries) for term in entry.terms for part in parted(term)
    ]
    terms += [
        (-1 - index, part)
        for index, derived in enumerate(expansion.derived)
        for term in derived.terms
        for part in parted(term)
    ]
    columns = _Columns()
    rows = [_row(term, columns) for _, term in terms]
    exponent = np.zeros((len(rows), len(columns.variables)))
    for index, (_, powers) in enumerate(rows):
        for column, power in powers.items():
            exponent[index, column] += power
    kinds = len({row.tobytes() for row in exponent})
    if kinds > MOST_ROWS or len(columns.variables) > MOST_VARIABLES:
        message = (
            f"the plan needs {kinds} different products of {len(columns.variables)} uncertain factors; "
            f"the engine takes {MOST_ROWS} of {MOST_VARIABLES}"
        )
        raise EngineError(message, hint="give what hardly matters as one number, or share quantities between stages")
    certain = tuple(value if not powers else None for value, powers in rows)
    log_scale = np.array([_log(value) for value, _ in rows])
    problem = _problem(log_scale, exponent, columns, cholesky_of(columns.scores, loaded))
    owner = np.array([index for index, _ in terms], dtype=np.int64)
    return Compiled(
        problem,
        expansion.entries,
        expansion.derived,
        owner,
        tuple(columns.variables),
        certain,
        tuple(columns.scores),
        tuple(term for _, term in terms),
    )


def _row(term: Term, columns: _Columns) -> tuple[Fraction, dict[int, int]]:
    """Return the exact product of the certain factors, and the powers of the uncertain ones."""
    scale = Fraction(1)
    powers: dict[int, int] = {}
    for factor in term:
        value = factor.certain
        if value is not None:
            scale *= value
        else:
            column = columns.index(factor)
            powers[column] = powers.get(column, 0) + factor.exponent
    return scale, {column: power for column, power in powers.items() if power}


def _log(value: Fraction) -> float:
    """Return the natural logarithm of an exact positive number of any size; minus infinity for zero."""
    return math.log(value.numerator) - math.log(value.denominator) if value > 0 else -math.inf


def _problem(log_scale: np.ndarray, exponent: np.ndarray, columns: _Columns, cholesky: np.ndarray) -> Problem:
    marginals = columns.marginals
    width = CELLS + 1
    values, slopes = np.zeros((len(marginals), width)), np.zeros((len(marginals), width))
    leaning = np.full(len(columns.scores), 2, dtype=np.int64)
    for index, (variable, one) in enumerate(zip(columns.variables, marginals, strict=True)):
        if one.values.size:
            values[index], slopes[index] = one.values, one.slopes
        leaning[variable.score] = min(leaning[variable.score], one.leaning)
    sizes = [one.steps.size for one in marginals]
    return Problem(
        log_scale=log_scale,
        exponent=exponent,
        score=np.array([variable.score for variable in columns.variables], dtype=np.int64),
        kind=np.array([one.kind for one in marginals], dtype=np.int64),
        linear=np.array([[one.location, one.slope] for one in marginals]).reshape(len(marginals), 2),
        values=values,
        slopes=slopes,
        first=np.concatenate([[0], np.cumsum(sizes)]).astype(np.int64),
        steps=np.concatenate([np.zeros(0), *(one.steps for one in marginals)]),
        edges=np.concatenate([np.zeros(0), *(np.append(one.edges, np.inf)[: one.steps.size] for one in marginals)]),
        cholesky=cholesky,
        leaning=leaning,
    )

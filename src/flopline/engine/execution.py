"""Which execution of the kernels answers a question, and the point sets that its tasks share."""

from __future__ import annotations

from dataclasses import dataclass, field
from itertools import pairwise
from typing import TYPE_CHECKING, Literal, NamedTuple, Protocol, TypeVar, get_args

import numpy as np

from flopline.errors import EngineError
from flopline.kernels import draws, lines
from flopline.kernels.cases import Case, cases
from flopline.kernels.points import normals
from flopline.kernels.stopping import SMALLEST

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from numpy.typing import NDArray

    from flopline.kernels.families import Lines
    from flopline.kernels.records import Floats, Integers, Problem
    from flopline.kernels.stopping import Care
    from flopline.kernels.structure import Structure

Execution = Literal["auto", "plain", "compiled", "lines"]
"""`lines` compiles the sums over lines alone: a fifth of the waiting, for one question about a large plan."""

SCRAMBLES = 16
"""Independent randomizations: their spread is the standard error."""
LARGE = 48
"""Questions in one call from which compiling pays even if nothing is compiled yet."""
LARGE_PLAN = 400
"""Rows times variables of a plan whose every question is worth compiling for: plain, it would take seconds."""
_KEPT = 2**22
_REMEMBERED = 2**18
"""Numbers of a point set that are kept during one call, and between calls."""
_MASKS = 16

T = TypeVar("T")
R = TypeVar("R")


class Begun(NamedTuple):
    """What a kernel has summed of B units.

    Attributes
    ----------
    sums : (B, R, 3) array
    slopes : (B, R, E) array
        See `flopline.kernels.lines.line_sums`.
    summary : (B, 4) array
        Probability, complement, error and density so far; see `flopline.engine.integration.Integrals`.
    slope : (B, E) array
        d P / d ln scale of each row.
    number : (B,) integer array
        Lines per scramble; negative where they are not enough, 0 where lines are not the way or a few may do.
    """

    sums: Floats
    slopes: Floats
    summary: Floats
    slope: Floats
    number: Integers

    @classmethod
    def of(cls, units: int, rows: int) -> Begun:
        """Return nothing yet."""
        return cls(
            np.zeros((units, SCRAMBLES, 3)), np.zeros((units, SCRAMBLES, rows)), np.zeros((units, 4)),
            np.zeros((units, rows)), np.zeros(units, dtype=np.int64),
        )  # fmt: skip


class Kernels(Protocol):
    """The functions that an execution provides; see `flopline.kernels.lines` and `flopline.kernels.draws`."""

    @property
    def answers(self) -> Callable[[Structure, Floats, Floats, Care, PointSource], Begun | None]:
        """Whole answers to units, as far as one call gets."""

    @property
    def line_sums(self) -> Callable[[Structure, Lines, Floats], tuple[Floats, Floats]]:
        """Sums over lines."""

    @property
    def draw_sums(self) -> Callable[[Structure, Floats, Floats, Floats, Floats], tuple[Floats, Floats]]:
        """Sums over draws."""


@dataclass(frozen=True, slots=True)
class Plain:
    """The NumPy execution, which works on all units at once, step by step."""

    @staticmethod
    def answers(_structure: Structure, _scale: Floats, _threshold: Floats, _care: Care, _points: PointSource) -> None:
        """Leave the units to the caller."""

    line_sums = staticmethod(lines.line_sums)
    draw_sums = staticmethod(draws.draw_sums)


def kernels(execution: Execution, questions: int) -> Kernels:
    """Return the execution that answers a number of questions.

    "auto" goes by their number alone, never by what a cache holds or an earlier call has compiled: the same question
    has the same bytes for an answer, and a small one never waits for a compiler.
    """
    if execution not in get_args(Execution):
        message = f"unknown execution `{execution}`"
        raise EngineError(message, hint="use `auto`, `plain` or `compiled`")
    if execution == "plain" or (execution == "auto" and questions < LARGE):
        return Plain()
    from flopline.engine.compiled_execution import CompiledAnswers, CompiledSums

    return CompiledSums() if execution == "lines" else CompiledAnswers()


def by_size(problem: Problem) -> Execution:
    """Return the execution that one question about a plan deserves, by the size of the plan alone."""
    return "lines" if problem.exponent.size >= LARGE_PLAN else "plain"


@dataclass(slots=True)
class PointSource:
    """The blocks of one randomized point set, each made once and shared by tasks, up to a number of floats."""

    seed: int
    most: int = _KEPT
    made: dict[tuple[int, int, int], Floats] = field(default_factory=dict)
    laid: dict[tuple[int, int], Floats] = field(default_factory=dict)

    def block(self, dimensions: int, start: int, stop: int) -> Floats:
        """Return (dimensions, SCRAMBLES, stop - start) normal scores."""
        key = (dimensions, start, stop)
        found = self.made.get(key)
        if found is None:
            found = normals(self.seed, SCRAMBLES, dimensions, start, stop)
            if sum(block.size for block in list(self.made.values())) + found.size <= self.most:
                self.made[key] = found
        return found

    def of(self, dimensions: int) -> Callable[[int, int], Floats]:
        """Return `block` for so many dimensions."""
        return lambda start, stop: self.block(dimensions, start, stop)

    def flat(self, dimensions: int, most: int) -> Floats:
        """Return the points up to a doubling of SMALLEST, block after block, (dimensions, SCRAMBLES most)."""
        found = self.laid.get((dimensions, most))
        if found is None:
            ends = [0, SMALLEST]
            while ends[-1] < most:
                ends.append(2 * ends[-1])
            parts = [normals(self.seed, SCRAMBLES, dimensions, *ends_of) for ends_of in pairwise(ends)]
            found = np.concatenate([part.reshape(dimensions, part[0].size) for part in parts], axis=1)
            self.laid[dimensions, most] = found
        return found


@dataclass(slots=True)
class Memory:
    """What answers to one problem share, for whoever asks it again and again: it changes no answer, and stays small.

    Attributes
    ----------
    problem : Problem
        Questions of any other one are answered without.
    """

    problem: Problem
    known: dict[bytes, tuple[Case, ...]] = field(default_factory=dict)
    sources: dict[int, PointSource] = field(default_factory=dict)

    def cases(self, problem: Problem, mask: NDArray[np.bool_]) -> tuple[Case, ...]:
        """Return the cases of a mask."""
        if problem is not self.problem:
            return cases(problem, mask)
        key = mask.tobytes()
        found = self.known.get(key)
        if found is None:
            found = cases(problem, mask)
            if len(self.known) < _MASKS:
                self.known[key] = found
        return found

    def points(self, seed: int) -> PointSource:
        """Return the point set of a seed; the last one asked for is kept."""
        found = self.sources.get(seed)
        if found is None:
            found = PointSource(seed, _REMEMBERED)
            self.sources.clear()
            self.sources[seed] = found
        return found


def run(tasks: Sequence[T], work: Callable[[T], R], threads: int, done: Callable[[int], None] | None = None) -> list[R]:
    """Return the results of independent tasks in their order, whatever the number of threads.

    Parameters
    ----------
    tasks : sequence
    work : callable
    threads : int
        1 or more.
    done : callable, optional
        Called in the caller's thread with the number of tasks finished so far.
    """
    if threads < 1:
        message = f"`threads` is {threads}, but must be 1 or more"
        raise EngineError(message)
    results: list[R] = []
    if threads == 1 or len(tasks) < 2:
        for task in tasks:
            results.append(work(task))
            if done is not None:
                done(len(results))
        return results
    from concurrent.futures import ThreadPoolExecutor  # 3 ms that one thread does without

    with ThreadPoolExecutor(max_workers=threads) as pool:
        for result in pool.map(work, tasks):
            results.append(result)
            if done is not None:
                done(len(results))
    return results

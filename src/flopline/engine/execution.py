"""Which execution of the kernels answers a question, and the point sets that its tasks share."""

from __future__ import annotations

import sys
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Literal, Protocol, TypeVar

from flopline.errors import EngineError
from flopline.kernels import draws, lines
from flopline.kernels.points import normals

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from flopline.kernels.families import Lines
    from flopline.kernels.records import Floats
    from flopline.kernels.structure import Structure

Execution = Literal["auto", "plain", "compiled"]

SCRAMBLES = 16
"""Independent randomizations: their spread is the standard error."""
LARGE = 48
"""Questions in one call from which compiling pays even if nothing is compiled yet."""
_KEPT = 2**22

T = TypeVar("T")
R = TypeVar("R")


class Kernels(Protocol):
    """The two functions that an execution provides; see `flopline.kernels.lines` and `flopline.kernels.draws`."""

    @property
    def line_sums(self) -> Callable[[Structure, Lines, Floats], tuple[Floats, Floats]]:
        """Sums over lines."""

    @property
    def draw_sums(self) -> Callable[[Structure, Floats, Floats, Floats, Floats], tuple[Floats, Floats]]:
        """Sums over draws."""


@dataclass(frozen=True, slots=True)
class Plain:
    """The NumPy execution."""

    line_sums = staticmethod(lines.line_sums)
    draw_sums = staticmethod(draws.draw_sums)


def kernels(execution: Execution, questions: int) -> Kernels:
    """Return the execution that answers a number of questions.

    "auto" is plain for a few questions, unless an earlier call of this process has compiled already. What a cache on
    disk holds never enters, so that a small question never waits for a compiler.
    """
    if execution not in ("auto", "plain", "compiled"):
        message = f"unknown execution `{execution}`"
        raise EngineError(message, hint="use `auto`, `plain` or `compiled`")
    ready = "flopline.kernels.compiled" in sys.modules
    if execution == "plain" or (execution == "auto" and not ready and questions < LARGE):
        return Plain()
    from flopline.kernels import compiled

    return compiled


@dataclass(slots=True)
class PointSource:
    """The blocks of one randomized point set, each made once per call and shared by its tasks."""

    seed: int
    made: dict[tuple[int, int, int], Floats] = field(default_factory=dict)

    def block(self, dimensions: int, start: int, stop: int) -> Floats:
        """Return (dimensions, SCRAMBLES, stop - start) normal scores."""
        key = (dimensions, start, stop)
        found = self.made.get(key)
        if found is None:
            found = normals(self.seed, SCRAMBLES, dimensions, start, stop)
            if sum(block.size for block in list(self.made.values())) + found.size <= _KEPT:
                self.made[key] = found
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

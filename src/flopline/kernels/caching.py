"""Compiled kernels whose cache on disk may be missing, damaged or unwritable without anybody noticing."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

Function = Callable[..., Any]


class Entry:
    """A cached kernel that mends its cache, or goes without, when the cache fails it.

    Parameters
    ----------
    function : callable
        The kernel in Python.
    compiler : callable
        Takes the function and `cache=`; raises RuntimeError where there is no directory for a cache.
    """

    def __init__(self, function: Function, compiler: Callable[..., Function]) -> None:
        self._function = function
        self._compile = compiler
        self._proven = False
        try:
            self._compiled = compiler(function, cache=True)
        except RuntimeError:
            self._compiled = compiler(function)
            self._proven = True

    def __call__(self, *arguments: object) -> None:
        """Run the kernel, which must leave its arguments alone until it is loaded."""
        if not self._proven:
            self._prove(*arguments)
            return
        self._compiled(*arguments)

    def _prove(self, *arguments: object) -> None:
        """Run for the first time: from the cache, from a cache made anew, or at last from memory alone."""
        for attempt in (self._kept, self._mended):
            try:
                compiled = attempt()
                compiled(*arguments)
            except Exception:  # noqa: BLE001 (a damaged pickle may raise anything; a fault of ours raises below)
                continue
            self._compiled, self._proven = compiled, True
            return
        self._compiled = self._compile(self._function)
        self._compiled(*arguments)
        self._proven = True

    def _kept(self) -> Function:
        return self._compiled

    def _mended(self) -> Function:
        """Return the kernel to be compiled and stored again, its entry in the cache's index forgotten."""
        self._compiled._cache.flush()  # type: ignore[attr-defined]  # noqa: SLF001 (Numba has no public way)
        return self._compile(self._function, cache=True)

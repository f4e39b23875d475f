"""The one place that imports Numba, and the options that all kernels share.

Of fastmath only the fusing of a product and a sum (the rest removes the checks for infinities or reorders sums), no
parallel=True (aborts under several threads, deadlocks after fork); error_model="numpy", since Python's checks of every
division cost most of the speed.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import numba

if TYPE_CHECKING:
    from flopline.kernels.caching import Function

_FUSED = {"contract"}


def entry(function: Function, *, cache: bool = False) -> Function:
    """Compile a function that Python calls."""
    compiled: Function = numba.njit(error_model="numpy", nogil=True, fastmath=_FUSED, cache=cache)(function)
    return compiled


def jit(function: Function) -> Function:
    """Compile a function that only compiled ones call: its way in from Python would be a quarter of the waiting."""
    # Numba takes these two, its type stubs do not know them.
    options = {"no_cpython_wrapper": True, "no_cfunc_wrapper": True}
    compiled: Function = numba.njit(error_model="numpy", nogil=True, fastmath=_FUSED, **options)(function)  # type: ignore[call-overload]
    return compiled

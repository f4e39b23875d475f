"""Whatever happens to the cache on disk, the user gets an answer."""

import hashlib
from pathlib import Path

import pytest

from flopline.kernels import compiled, lines, records, structure, vector_math
from flopline.kernels.caching import Entry


class Broken:
    """A kernel whose stored form cannot be loaded, until its entry is forgotten."""

    def __init__(self, damage):
        self.damage = damage
        self.forgotten = False
        self._cache = self

    def flush(self):
        self.forgotten = True

    def __call__(self, *_):
        message = "pickle data was truncated"
        raise self.damage(message)


def test_without_a_directory_the_kernel_compiles_in_memory():
    def refuse(function, *, cache=False):
        if cache:
            message = "no locator available"
            raise RuntimeError(message)
        return function

    found = []
    Entry(found.append, refuse)(3)
    assert found == [3]


@pytest.mark.parametrize("damage", [EOFError, OSError, ImportError, ValueError])
def test_a_damaged_entry_is_forgotten_and_compiled_anew(damage):
    found, broken = [], Broken(damage)
    entry = Entry(found.append, lambda function, **_: function if broken.forgotten else broken)
    entry(3)
    entry(4)
    assert found == [3, 4]


def test_a_cache_that_cannot_be_mended_is_left_alone():
    found = []
    entry = Entry(found.append, lambda function, *, cache=False: Broken(EOFError) if cache else function)
    entry(3)
    entry(4)
    assert found == [3, 4]


def test_a_fault_of_the_kernel_itself_is_not_hidden():
    with pytest.raises(ZeroDivisionError):
        Entry(lambda x: 1 / x, lambda function, **_: function)(0)


def test_a_change_outside_the_kernels_file_is_seen_by_the_cache():
    # Numba keys a stored kernel by its own file: whoever changes these writes the new stamp into that file.
    numbers = (lines._BISECTED, lines._STRIDE, lines.EDGE, lines.ITERATIONS, lines.NEAR, records.CELLS, records.REACH)
    text = Path(vector_math.__file__).read_text() + repr((*numbers, records.STEP, structure.WIDTH))
    assert hashlib.sha256(text.encode()).hexdigest()[:12] == compiled.STAMP

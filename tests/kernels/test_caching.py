"""Whatever happens to the cache on disk, the user gets an answer."""

import hashlib
from pathlib import Path

import pytest

from flopline.kernels import directions, families, lines, lobes, records, stopping, structure, vector_math
from flopline.kernels.caching import Entry
from flopline.kernels.compiled import entries


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
    # Numba keys a stored kernel by its own file: whoever changes the others writes the new stamp into that file.
    assert stamp() == entries.STAMP, f'write STAMP = "{stamp()}" into {entries.__file__}'


def stamp():
    """Return the hash of all text that is compiled into the kernels, and of the numbers it takes from elsewhere."""
    folder = Path(entries.__file__).parent
    files = sorted(set(folder.glob("*.py")) - {Path(entries.__file__), folder / "__init__.py"})
    text = "".join(file.read_text() for file in [*files, Path(vector_math.__file__), Path(stopping.__file__)])
    numbers = (
        lines._BISECTED, lines._STRIDE, lines.EDGE, lines.ITERATIONS, lines.NEAR, records.CELLS, records.REACH,
        records.STEP, records.DISCRETE, records.FREE, structure.WIDTH, directions._FAR, directions._SATURATED,
        directions._SETTLED, directions._SLACK, directions._SWEEPS, directions.ENOUGH, directions.STEPS,
        families._APART, families.NOUGHT, lobes._LESS_LIKELY, lobes._STEPS, lobes.MOST, lobes.NEARER, lobes.MISSED,
        lobes._FAR,
        structure.Structure._fields,
        families.Lines._fields,
    )  # fmt: skip
    return hashlib.sha256((text + repr(numbers)).encode()).hexdigest()[:12]

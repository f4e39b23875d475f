"""Random models of every family, run under PyTorch's counter: `python -m pytest -m slow benchmarks -k differential`.

Needs `pip install -e ".[differential]"` and is skipped without it. What two models of each family executed is kept as
test data, so that the ordinary tests need neither PyTorch nor transformers.
"""

from __future__ import annotations

from importlib import import_module
from importlib.util import find_spec

import pytest

pytestmark = [pytest.mark.slow, pytest.mark.filterwarnings("ignore")]
DRAWS = 4
LIBRARIES = ("torch", "transformers", "diffusers")


def families():
    if not all(map(find_spec, LIBRARIES)):
        return [pytest.param("", None, marks=pytest.mark.skip(f"needs {', '.join(LIBRARIES)}"))]
    files = import_module("differential.compare").groups()
    return [
        pytest.param(name, draw, id=f"{file}.{name}") for file, draws in files for name, draw in draws.items()
    ]  # fmt: skip


@pytest.mark.parametrize(("name", "draw"), families())
def test_models_drawn_at_random_count_as_they_execute(name, draw):
    compared = import_module("differential.compare").compared
    assert list(compared(name, draw, DRAWS, 1, [])) == []

"""The calibration scripts as modules."""

from __future__ import annotations

import importlib
import sys
from pathlib import Path

import pytest

CALIBRATION = Path(__file__).parents[2] / "benchmarks" / "calibration"


@pytest.fixture(scope="session")
def calibration():
    """Return a function that imports a script of benchmarks/calibration by its name."""
    sys.path.insert(0, str(CALIBRATION))
    yield importlib.import_module
    sys.path.remove(str(CALIBRATION))


@pytest.fixture(scope="session")
def found(calibration):
    """Return the fit, made again from the data in the repository."""
    return calibration("fit").calibrate()

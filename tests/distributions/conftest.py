"""Puts the slow twins, which stand beside the layers' directories, within reach."""

from __future__ import annotations

import sys
from pathlib import Path

sys.path.append(str(Path(__file__).parents[1]))

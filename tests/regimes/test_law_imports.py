"""Reading the law costs a small question nothing that it does not need."""

from __future__ import annotations

import subprocess
import sys


def test_loading_the_law_imports_no_numerical_library():
    code = (
        "import sys, datetime, flopline.regimes as law\n"
        "law.lines(datetime.date(2026, 11, 22))\n"
        "print([name for name in ('numpy', 'numba', 'scipy') if name in sys.modules])"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout.strip() == "[]"

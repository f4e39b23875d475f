"""What may lie between two counts of one run is what lay between them in published runs."""

from __future__ import annotations

import hashlib
import math
import tomllib

import pytest
from scipy.stats import norm, t

from flopline.utilization import discrepancy


def test_the_shipped_spread_is_what_the_script_finds(calibration):
    script = calibration("discrepancy")
    rows = [row for row in script.read() if row["use"] == "1"]
    assert discrepancy().sigma == pytest.approx(script.fit(rows), rel=1e-5)
    assert discrepancy().runs == len(rows)
    table = tomllib.loads(script.TABLE.read_text("utf-8"))
    data = (script.HERE / "discrepancy.csv").read_bytes()
    assert table["provenance"]["sha256_discrepancy"] == hashlib.sha256(data).hexdigest()


def test_it_is_the_root_mean_square_widened_for_few_runs(calibration):
    script = calibration("discrepancy")
    rows = [row for row in script.read() if row["use"] == "1"]
    ratios = [script.log_ratio(row) for row in rows]
    widened = math.sqrt(sum(ratio**2 for ratio in ratios) / len(ratios)) * t.ppf(0.95, len(ratios)) / norm.ppf(0.95)
    assert script.fit(rows) == pytest.approx(widened)


def test_a_run_that_is_left_out_says_why(calibration):
    for row in calibration("discrepancy").read():
        assert (row["use"] == "0") == bool(row["why"])
        assert row["source"]


def test_one_window_and_one_convention(calibration):
    """Skywork's MFU of 56.5 % is of all pairs of attention; with them both counts agree."""
    script = calibration("discrepancy")
    (row,) = [row for row in script.read() if row["model"] == "Skywork-13B"]
    by_tokens = 6 * 13.85e9 * 3.2e12 * 1.1417
    by_machine = 479232 * 3600 * 312e12 * 0.565
    assert script.log_ratio(row) == pytest.approx(math.log(by_tokens / by_machine))

"""Formats that a run mixes, and formats that a chip lacks."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from flopline.errors import HardwareError
from flopline.hardware import find, mixed_peak

H800 = find("h800-sxm")


def test_shares_are_of_flop_so_the_peak_is_the_harmonic_mean():
    # 100 FLOP, 80 at 2 per second and 20 at 1 per second, take 60 seconds
    expected = 100 / (80 / H800.peak("fp8").dense + 20 / H800.peak("bf16").dense)
    assert mixed_peak(H800, {"fp8": 0.8, "bf16": 0.2}) == pytest.approx(expected, rel=1e-12)


def test_one_format_alone_is_its_own_peak():
    assert mixed_peak(H800, {"bf16": 1.0}) == pytest.approx(989.4e12)


@given(st.floats(min_value=0.001, max_value=0.999))
def test_a_mixture_lies_between_its_formats(share):
    mixed = mixed_peak(H800, {"fp8": share, "bf16": 1 - share})
    assert H800.peak("bf16").dense < mixed < H800.peak("fp8").dense


@pytest.mark.parametrize(
    "shares",
    [{}, {"bf16": 0.9}, {"bf16": 0.6, "fp8": 0.6}, {"bf16": 1.0, "fp8": 0.0}, {"bf16": float("nan")}],
)
def test_shares_that_do_not_add_up_are_refused(shares):
    with pytest.raises(HardwareError) as caught:
        mixed_peak(H800, shares)
    assert caught.value.code == "E505"


def test_a_format_that_the_chip_lacks_lists_those_it_has():
    with pytest.raises(HardwareError) as caught:
        mixed_peak(find("a100-sxm-80gb"), {"fp8": 0.5, "bf16": 0.5})
    assert caught.value.code == "E503"
    assert "`bf16`" in caught.value.diagnostics[0].hint

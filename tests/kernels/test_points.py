"""The point set: reproducible, uniform, nested, and made by the construction that its data claim."""

import sys
from pathlib import Path

import numpy as np
import pytest

from flopline.kernels.lattice import GENERATOR, LARGEST
from flopline.kernels.points import normals, shifts, splitmix64, uniforms


def test_splitmix64_gives_the_published_sequence_of_seed_1234567():
    # Reference output of the public-domain splitmix64.c by Sebastiano Vigna.
    golden = 0x9E3779B97F4A7C15
    states = np.array([(1234567 + (i + 1) * golden) % 2**64 for i in range(3)], dtype=np.uint64)
    assert splitmix64(states).tolist() == [6457827717110365317, 3203168211198807973, 9817491932198370423]


def test_a_seed_always_gives_the_same_points():
    assert uniforms(7, 2, 3, 0, 4).tobytes() == uniforms(7, 2, 3, 0, 4).tobytes()
    assert not np.array_equal(uniforms(7, 2, 3, 0, 4), uniforms(8, 2, 3, 0, 4))


def test_more_dimensions_scrambles_or_points_leave_the_first_ones_alone():
    small, large = uniforms(1, 3, 2, 0, 32), uniforms(1, 5, 9, 0, 64)
    np.testing.assert_array_equal(small, large[:2, :3, :32])
    np.testing.assert_array_equal(uniforms(1, 5, 9, 32, 64), large[:, :, 32:])


def test_every_power_of_two_is_a_lattice_in_each_dimension():
    shift = shifts(3, 1, 128)
    for bits in (4, 9):
        points = uniforms(3, 1, 128, 0, 2**bits)
        for dimension in (0, 1, 60, 127):
            # Unfolding is two-valued, so compare with the folded grid itself.
            grid = (np.arange(2**bits) / 2**bits + shift[dimension, 0]) % 1.0
            folded = np.sort(1 - np.abs(2 * grid - 1))
            np.testing.assert_allclose(np.sort(points[dimension, 0]), folded, atol=1e-12)


def test_components_are_odd_and_different():
    assert len(GENERATOR) == 128
    assert len(set(GENERATOR)) == 128
    assert all(component % 2 == 1 and 0 < component < 2**LARGEST for component in GENERATOR)


def test_the_generating_vector_is_what_the_script_constructs():
    folder = Path(__file__).parents[2] / "benchmarks"
    sys.path.insert(0, str(folder))
    try:
        import lattice
    finally:
        sys.path.remove(str(folder))
    assert tuple(lattice.construct(12)) == GENERATOR[:12]


def test_normal_scores_have_the_moments_of_the_normal():
    points = normals(0, 16, 5, 0, 2048).reshape(5, -1)
    np.testing.assert_allclose(points.mean(axis=1), 0.0, atol=1e-3)
    np.testing.assert_allclose(points.var(axis=1), 1.0, atol=5e-3)
    np.testing.assert_allclose(np.corrcoef(points), np.eye(5), atol=5e-3)


@pytest.mark.parametrize("seed", [-1, 0, 2**70])
def test_any_integer_is_a_seed(seed):
    assert np.all(np.isfinite(normals(seed, 2, 2, 0, 8)))

"""What a mask leaves of a problem."""

import numpy as np

from flopline.kernels.directions import log_total
from flopline.kernels.records import BOUNDED, DISCRETE, FREE
from flopline.kernels.structure import reduce, scales
from naive.engine import atoms, log_x, lognormal, p1, problem, totals, uniform


def everything(given):
    return np.ones(len(given.log_scale), dtype=bool)


def test_a_hundred_lognormal_factors_in_three_rows_have_three_coordinates():
    factors = [lognormal(1.0, 0.1 + 0.001 * k) for k in range(100)]
    rows = [(1.0, dict.fromkeys(range(start, 100, 3), 1.0)) for start in range(3)]
    assert reduce(problem(factors, rows), everything(problem(factors, rows))).linear.shape == (3, 3)


def test_equal_rows_merge_and_their_scales_add():
    given = problem([lognormal(2.0, 0.3)], [(1.0, {0: 1}), (3.0, {0: 1})])
    structure = reduce(given, everything(given))
    assert structure.linear.shape == (1, 1)
    np.testing.assert_allclose(scales(structure, given.log_scale[None]), [[np.log(8.0)]])


def test_only_the_masks_rows_bring_coordinates():
    given = p1()
    assert reduce(given, np.array([True, False, False])).linear.shape[1] == 2
    assert reduce(given, np.array([False, True, False])).linear.shape[1] == 3
    assert reduce(given, np.array([False, False, True])).linear.shape[1] == 1


def test_stepped_scores_come_first_then_bounded_ones():
    given = problem(
        [lognormal(1.0, 0.3), uniform(1.0, 2.0), atoms([1.0, 2.0])],
        [(1.0, {0: 1, 1: 1, 2: 1}), (1.0, {0: 2})],
        np.array([[1.0, 0.3, 0.4], [0.3, 1.0, 0.2], [0.4, 0.2, 1.0]]),
    )
    structure = reduce(given, everything(given))
    assert structure.leaning.tolist() == [DISCRETE, BOUNDED, FREE]
    stepped = structure.scores[structure.score[list(structure.kind).index(2)]]
    assert stepped.tolist() == [1.0, 0.0, 0.0]


def test_the_structure_has_the_problems_distribution():
    given = p1()
    structure = reduce(given, everything(given))
    points = np.random.default_rng(0).standard_normal((200_000, structure.linear.shape[1]))
    scale = np.repeat(scales(structure, given.log_scale[None]), len(points), axis=0)
    ours = np.sort(log_total(structure, scale, points)[0])
    plain = np.sort(np.log(totals(given, everything(given), np.random.default_rng(1).standard_normal((200_000, 7)))))
    np.testing.assert_allclose(ours[2_000:-2_000:1_000], plain[2_000:-2_000:1_000], atol=0.02)


def test_a_table_is_scipys_hermite_spline():
    given = problem([uniform(300.0, 900.0)], [(1.0, {0: 1})])
    structure = reduce(given, everything(given))
    z = np.array([-12.0, -9.0, -3.3, 0.0, 0.01, 2.7, 9.0, 11.0])
    ours = log_total(structure, np.zeros((len(z), 1)), structure.scores[0, 0] * z[:, None])[0]
    np.testing.assert_allclose(ours, log_x(given, 0, z), rtol=1e-13)

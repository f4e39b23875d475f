"""The two executions against each other, and against bisection line by line."""

import numpy as np
import pytest
from scipy import stats

from flopline.kernels import compiled, draws, lines
from flopline.kernels.directions import at_threshold, directions
from flopline.kernels.families import lines as families
from flopline.kernels.families import strands, weights
from flopline.kernels.lobes import lobes
from flopline.kernels.points import normals
from flopline.kernels.structure import reduce, scales
from naive.engine import atoms, crossing_by_bisection, lognormal, p1, problem, table_or_step, uniform


def prepared(given, thresholds, number=64):
    structure = reduce(given, np.ones(len(given.log_scale), dtype=bool))
    scale = np.repeat(scales(structure, given.log_scale[None]), len(thresholds), axis=0)
    level = np.log(np.array(thresholds))
    found = directions(structure, scale, at_threshold(level))
    around = strands(found, lobes(structure, scale, level, found))
    points = normals(0, 16, structure.linear.shape[1] - 1, 0, number)
    return structure, families(structure, scale, level, found, around), points


def mixed():
    return problem(
        [lognormal(1.0, 0.4), uniform(1.0, 3.0), atoms([0.5, 1.0, 4.0], [0.2, 0.5, 0.3]), lognormal(2.0, 0.2)],
        [(1.0, {0: 1, 1: 1}), (2.0, {1: -1, 2: 1}), (0.5, {0: -1, 3: 2})],
        np.array([[1.0, 0.3, 0.0, -0.5], [0.3, 1.0, 0.2, 0.0], [0.0, 0.2, 1.0, 0.0], [-0.5, 0.0, 0.0, 1.0]]),
    )


def only_steps():
    two = [atoms([0.5, 1.0, 4.0], [0.2, 0.5, 0.3]), atoms([1.0, 1.5, 2.0])]
    return problem(two, [(1.0, {0: 1}), (1.0, {1: 1})])


@pytest.mark.parametrize(
    ("given", "thresholds"),
    [(p1(), [1e25, 1e26, 3e27]), (mixed(), [2.0, 6.0, 20.0]), (only_steps(), [1.4, 2.0, 5.0])],
    ids=["P1", "mixed", "only steps"],
)
def test_both_executions_agree_to_a_part_in_a_trillion(given, thresholds):
    arguments = prepared(given, thresholds)
    (plain, plain_slopes), (quick, quick_slopes) = lines.line_sums(*arguments), compiled.line_sums(*arguments)
    np.testing.assert_allclose(quick[..., :2], plain[..., :2], rtol=1e-12, atol=1e-300)
    # A derivative multiplies what two libraries round differently in an exponential; how much depends on the machine.
    np.testing.assert_allclose(quick[..., 2], plain[..., 2], rtol=1e-11, atol=1e-300)
    np.testing.assert_allclose(quick_slopes, plain_slopes, rtol=1e-11, atol=1e-300)


@pytest.mark.parametrize("given", [p1(), mixed()], ids=["P1", "mixed"])
def test_both_executions_count_the_same_draws(given):
    structure = reduce(given, np.ones(3, dtype=bool))
    scale = scales(structure, np.stack([given.log_scale, given.log_scale + 1.0]))
    level = np.log(np.median(np.exp(scale).sum(axis=1))) * np.ones(2)
    points = normals(0, 16, structure.linear.shape[1], 0, 64)
    plain = draws.draw_sums(structure, scale, level, np.array([0.1, 0.2]), points)
    quick = compiled.draw_sums(structure, scale, level, np.array([0.1, 0.2]), points)
    np.testing.assert_array_equal(plain[0][:, :, :2], quick[0][:, :, :2])
    for one, other in zip(plain, quick, strict=True):
        np.testing.assert_allclose(other, one, rtol=1e-11)


def test_sums_over_lines_are_those_of_bisection_on_each_line():
    structure, family, points = prepared(mixed(), [6.0], number=4)
    weight = weights(family, points.reshape(len(points), -1)).reshape(-1, 16, 4)
    sums, _ = lines.line_sums(structure, family, points)
    for strand in range(len(family.scale)):
        for scramble in range(2):
            crossings = [
                crossing_by_bisection(structure, family, strand, points[:, scramble, line]) for line in range(4)
            ]
            tails = weight[strand, scramble, :4] * stats.norm.sf(crossings)
            assert sums[strand, scramble, 0] == pytest.approx(tails.sum(), rel=1e-11)


def test_weights_average_to_one_whatever_the_centres_are():
    for given, threshold in ((p1(), 3e27), (mixed(), 20.0)):
        structure, family, points = prepared(given, [threshold], number=2048)
        weight = weights(family, points.reshape(len(points), -1))
        assert weight.sum(axis=0).mean() == pytest.approx(1.0, abs=5e-3)
        assert len(family.scale) >= 1
        assert structure.linear.shape[1] > 1


def test_no_row_falls_along_a_direction():
    structure, family, _ = prepared(mixed(), [2.0, 6.0, 20.0])
    t = np.linspace(-6.0, 6.0, 400)
    for strand in range(len(family.scale)):
        scores = family.score_start[strand][:, None] + family.score_slope[strand][:, None] * t
        logs = np.stack([_table_or_step_at(structure, v, scores[s]) for v, s in enumerate(structure.score)])
        rows = family.row_slope[strand][:, None] * t + structure.power @ logs
        assert np.all(np.diff(rows, axis=1) >= -1e-9)


def _table_or_step_at(structure, v, scores):
    return np.array([table_or_step(structure, v, score) for score in scores])

"""Optimal interpolation against the dense posterior and against radial basis functions."""

import numpy as np
import pytest
from scipy.interpolate import RBFInterpolator
from twin import GRID, LEVELS, dense_posterior, make_problem

from thermocline.baselines.common.kernels import KERNELS
from thermocline.baselines.univariate.oi import OptimalInterpolation
from thermocline.ocean.anomalies import AnomalyProblem
from thermocline.ocean.sphere import EARTH_RADIUS, unit_vectors


@pytest.mark.parametrize("kernel", sorted(KERNELS))
def test_oi_is_the_exact_gaussian_posterior(kernel):
    lengths, factors = [1500.0, 2500.0, 4000.0], [1.0, 2.0, 0.5]
    problem = make_problem()
    answer = OptimalInterpolation(GRID, lengths, factors, kernel).analyse(problem)
    lon, lat = np.meshgrid(np.radians(GRID.longitude), np.radians(GRID.latitude))
    xyz = np.stack([np.cos(lat) * np.cos(lon), np.cos(lat) * np.sin(lon), np.sin(lat)], -1)
    xyz = xyz.reshape(-1, 3)
    straight = np.linalg.norm(xyz[:, None] - xyz[None], axis=-1) * EARTH_RADIUS
    for level in range(LEVELS):
        r = straight / (lengths[level] * 1e3)
        b = {
            "gaussian": np.exp(-(r**2) / 2),
            "exponential": np.exp(-r),
            "matern32": (1 + 3**0.5 * r) * np.exp(-(3**0.5) * r),
        }[kernel]
        one = AnomalyProblem(
            problem.y[level],
            problem.s_y[level] * np.float32(factors[level]),
            problem.observed[level],
            problem.ocean[level],
            3,
        )
        mean, variance, _ = dense_posterior(b, one)
        sea = problem.ocean[level].ravel()
        np.testing.assert_allclose(answer.mean[level].ravel()[sea], mean[sea], atol=2e-5)
        np.testing.assert_allclose(answer.std[level].ravel()[sea] ** 2, variance[sea], atol=2e-5)


def test_oi_agrees_with_scipys_radial_basis_functions():
    """With a Gaussian kernel and smoothing s_y², RBF interpolation is the OI mean."""
    problem = make_problem(error=0.4)
    constant = AnomalyProblem(
        problem.y,
        np.where(problem.observed, np.float32(0.4), np.float32(1)),
        problem.observed,
        problem.ocean,
        1,
    )
    length = 3000.0
    answer = OptimalInterpolation(GRID, [length] * LEVELS, [1.0] * LEVELS).analyse(constant)
    lon, lat = np.meshgrid(GRID.longitude, GRID.latitude)
    points = unit_vectors(lat.ravel(), lon.ravel()) * EARTH_RADIUS / 1e3
    for level in range(LEVELS):
        seen = problem.observed[level].ravel()
        rbf = RBFInterpolator(
            points[seen],
            problem.y[level].ravel()[seen],
            smoothing=0.4**2,
            kernel="gaussian",
            epsilon=1 / (length * np.sqrt(2)),
            degree=-1,
        )
        sea = problem.ocean[level].ravel()
        np.testing.assert_allclose(answer.mean[level].ravel()[sea], rbf(points[sea]), atol=2e-4)

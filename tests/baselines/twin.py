"""A small ocean of known covariance, and its posterior by dense linear algebra."""

import numpy as np

from thermocline.baselines.ensemble.library import StateLibrary
from thermocline.ocean.anomalies import AnomalyProblem
from thermocline.ocean.latlon import LatLonGrid
from thermocline.ocean.sphere import great_circle_distance

GRID = LatLonGrid.regular(8, 12)
LEVELS = 3
MONTHS = np.arange(60) % 12 + 1


def ocean_mask() -> np.ndarray:
    """Sea with an island at all levels and a shelf that leaves out the deepest."""
    ocean = np.ones((LEVELS, *GRID.shape), bool)
    ocean[:, 3:5, 2:5] = False
    ocean[-1, 5:, 8:10] = False
    return ocean


def make_states(count: int = 60, seed: int = 0) -> np.ndarray:
    """Correlated, skewed anomalies [N, C, H, W], 0 on land."""
    rng = np.random.default_rng(seed)
    modes = rng.standard_normal((10, LEVELS, *GRID.shape))
    states = np.einsum("nk,kchw->nchw", rng.standard_normal((count, 10)), modes) / 3
    states += 0.3 * rng.standard_normal(states.shape) + 0.1 * states**2
    return (states * ocean_mask()).astype(np.float32)


def make_problem(fraction: float = 0.2, error: float = 0.3, seed: int = 1, month: int = 3):
    rng = np.random.default_rng(seed)
    ocean = ocean_mask()
    observed = ocean & (rng.random(ocean.shape) < fraction)
    s_y = np.where(observed, error * rng.uniform(0.5, 1.5, ocean.shape), 1)
    y = np.where(observed, rng.standard_normal(ocean.shape), 0)
    return AnomalyProblem(y.astype("f4"), s_y.astype("f4"), observed, ocean, month)


def library(quantise: bool = False) -> StateLibrary:
    return StateLibrary(make_states(), MONTHS, GRID, quantise=quantise)


def dense_localisation(radius_km: float) -> np.ndarray:
    """L over all cells [CHW, CHW], from haversine distances and the published two branches."""
    lon, lat = np.meshgrid(GRID.longitude, GRID.latitude)
    lat, lon = lat.ravel(), lon.ravel()
    z = great_circle_distance(lat[:, None], lon[:, None], lat, lon) / (radius_km * 500)
    z = np.maximum(z, 1e-12)
    inner = -(z**5) / 4 + z**4 / 2 + 5 * z**3 / 8 - 5 * z**2 / 3 + 1
    outer = z**5 / 12 - z**4 / 2 + 5 * z**3 / 8 + 5 * z**2 / 3 - 5 * z + 4 - 2 / (3 * z)
    return np.tile(np.where(z <= 1, inner, np.where(z <= 2, outer, 0)), (LEVELS, LEVELS))


def dense_posterior(
    b: np.ndarray, problem: AnomalyProblem
) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """Mean, variance and gain of N(0, b) given the observations, by dense linear algebra."""
    seen = np.flatnonzero(problem.observed)
    y, r = problem.y.ravel()[seen].astype(float), problem.s_y.ravel()[seen].astype(float) ** 2
    gain = b[:, seen] @ np.linalg.inv(b[np.ix_(seen, seen)] + np.diag(r))
    return gain @ y, np.diag(b - gain @ b[seen]), gain


def season_states(month: int, reach: int) -> np.ndarray:
    apart = np.abs(MONTHS - month)
    return make_states()[np.minimum(apart, 12 - apart) <= reach].reshape(-1, ocean_mask().size)

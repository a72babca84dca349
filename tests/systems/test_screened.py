"""A method behind the checks; and what a model answers when nothing is observed."""

import sys
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

sys.path.insert(0, str(Path(__file__).parents[2]))

from benchmarks.robustness.screened import ScreenedMethod

from thermocline.baselines.ensemble.oi import EnsembleOI
from thermocline.baselines.ensemble.quality_control import screen
from thermocline.baselines.univariate.climatology import Climatology
from thermocline.config import (
    ErrorConfig,
    MaskingConfig,
    NetworkConfig,
    ProcessConfig,
    SamplingConfig,
)
from thermocline.ocean.anomalies import AnomalyProblem
from thermocline.ocean.latlon import LatLonGrid
from thermocline.ocean.statistics import Statistics
from thermocline.systems.calibration import Calibration
from thermocline.systems.reconstruct.model.calibration import fading_to_prior
from thermocline.systems.reconstruct.model.contract import ReconstructContract
from thermocline.systems.reconstruct.model.method import Reconstructor, observed_fraction
from thermocline.systems.reconstruct.model.prior import Prior, build_network

GRID = LatLonGrid.regular(12, 24)
SHAPE = (3, *GRID.shape)
OCEAN = np.ones(SHAPE, bool)
OCEAN[:, 4:7, 5:9] = False
INFLATION = 0.64


@pytest.fixture(scope="module")
def ensemble() -> EnsembleOI:
    rng = np.random.default_rng(0)
    states = rng.standard_normal((120, *SHAPE)) + 2 * rng.standard_normal((120, 1, 1, 1))
    states /= states.std(axis=0)
    months = np.arange(120) % 12 + 1
    return EnsembleOI.of(states * OCEAN, months, GRID, 9000.0, inflation=INFLATION)


@pytest.fixture(scope="module")
def model(ensemble: EnsembleOI) -> Reconstructor:
    """An untrained network that is told of analyses and trusted fully where much is observed."""
    network = NetworkConfig(width=8, multipliers=(1, 2), blocks=1, patch=1, embedding=16)
    masking = MaskingConfig(ratio=0.9, analysis=True)
    ones = ((1.0,) * SHAPE[0],)
    contract = ReconstructContract(
        system="reconstruct",
        variable="thetao",
        units="degree_Celsius",
        latitude=tuple(GRID.latitude.tolist()),
        longitude=tuple(GRID.longitude.tolist()),
        depth=(5.0, 50.0, 500.0),
        network=network,
        process=ProcessConfig(),
        masking=masking,
        sampling=SamplingConfig(guidance="none", steps=2, sigma_start=0.3, members=4),
        errors=ErrorConfig(),
        gate=fading_to_prior(Calibration(density=(0.02,), correction=ones, spread=ones), INFLATION),
        data_digest="",
        statistics_digest="",
        seed=0,
    )
    prior = Prior(build_network(network, masking, SHAPE[0], 0), contract.process, GRID, masking)
    prior.network.eval().requires_grad_(False)
    shape = (12, *SHAPE)
    statistics = Statistics(np.zeros(shape, "f4"), np.ones(SHAPE, "f4"), OCEAN)
    return Reconstructor(contract, prior, ensemble, statistics, {})


def problem(share: float, seed: int = 0) -> AnomalyProblem:
    rng = np.random.default_rng(seed)
    observed = np.broadcast_to(rng.random(SHAPE[1:]) < share, SHAPE) & OCEAN
    y = np.where(observed, rng.standard_normal() + 0.2 * rng.standard_normal(SHAPE), 0)
    s_y = np.where(observed, 0.2, 1)
    return AnomalyProblem(y.astype("f4"), s_y.astype("f4"), observed, OCEAN, month=5)


def test_a_method_behind_the_checks_answers_the_checked_problem(ensemble):
    asked = problem(0.2)
    wrong = np.zeros(SHAPE, bool)
    wrong[tuple(np.argwhere(asked.observed)[7])] = True
    asked = replace(asked, y=np.where(wrong, np.float32(30), asked.y))
    checked, found = screen(asked, ensemble)
    assert np.array_equal(found.rejected, wrong)
    method = ScreenedMethod(ensemble, ensemble)
    answer, expected = method.analyse(asked, 0, 0), ensemble.analyse(checked)
    assert method.name == "ensemble_oi"
    np.testing.assert_array_equal(answer.mean, expected.mean)
    np.testing.assert_array_equal(answer.std, expected.std)
    assert np.abs(answer.mean - ensemble.analyse(asked).mean).max() > 1


def test_without_any_observation_the_answer_is_the_climatology(model):
    """Mean 0 to the bit; members spread as the training states do, not as the inflation says."""
    nothing = problem(0.0)
    answer = model.analyse(nothing, 48, 0)
    assert not answer.mean.any()
    spread = np.sqrt((answer.std[OCEAN] ** 2).mean())
    gaussian = np.sqrt((model.ensemble.analyse(nothing).std[OCEAN] ** 2).mean())
    assert gaussian == pytest.approx(np.sqrt(INFLATION), rel=0.05)
    # Removing noise leaves an untrained network's draws a little wider.
    assert 0.9 < spread < 1.2
    assert np.array_equal(answer.mean, Climatology().analyse(nothing).mean)


def test_the_network_is_trusted_less_the_less_is_observed(model):
    """Half-way, in orders of magnitude, from nothing to what it was calibrated on."""
    fraction = np.full(SHAPE[0], (1e-6 * 0.02) ** 0.5)
    correction, spread = model.contract.gate.at(fraction)
    np.testing.assert_allclose(correction, 0.5)
    np.testing.assert_allclose(spread, (1 + INFLATION**-0.5) / 2)
    correction, spread = model.contract.gate.at(observed_fraction(problem(0.3)))
    assert (correction == 1).all() and (spread == 1).all()

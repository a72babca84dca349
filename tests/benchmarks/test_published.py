"""The published preset, as a method and as a guidance like any other."""

import sys
from pathlib import Path

import numpy as np
import pytest

sys.path.insert(0, str(Path(__file__).parents[2]))

from benchmarks.published import Published, scale, unscale

from thermocline.config import MaskingConfig, NetworkConfig, ProcessConfig, SamplingConfig
from thermocline.errors import BadConfig
from thermocline.ocean.anomalies import AnomalyProblem
from thermocline.ocean.latlon import LatLonGrid
from thermocline.ocean.statistics import Statistics
from thermocline.systems.config import load_config
from thermocline.systems.reconstruct.model.guided import guided_members
from thermocline.systems.reconstruct.model.prior import Prior, build_network

SHAPE = (2, 8, 16)
STEPS = 200


@pytest.fixture(scope="module")
def prior():
    network = build_network(
        NetworkConfig(width=8, multipliers=(1, 2), embedding=16), MaskingConfig(), 2, seed=0
    )
    network.eval().requires_grad_(False)
    process = ProcessConfig(schedule="linear", parameterisation="edm")
    return Prior(network, process, LatLonGrid.regular(*SHAPE[1:]), MaskingConfig())


@pytest.fixture(scope="module")
def problem():
    rng = np.random.default_rng(0)
    ocean = rng.random(SHAPE) < 0.9
    observed = ocean & (rng.random(SHAPE) < 0.3)
    y = np.where(observed, rng.standard_normal(SHAPE), 0).astype(np.float32)
    return AnomalyProblem(
        y, np.where(observed, 0.1, 1).astype(np.float32), observed, ocean, month=3
    )


def statistics(ocean):
    climatology = np.full((12, *SHAPE), 12.0, np.float32)
    return Statistics(climatology, np.full(SHAPE, 0.5, np.float32), ocean)


def test_the_published_scaling():
    assert scale(np.array([-5.0, 40.0])).tolist() == [-1, 1]
    celsius = np.linspace(-3, 35, 50, dtype=np.float32)
    assert unscale(scale(celsius)) == pytest.approx(celsius, abs=1e-4)


@pytest.mark.parametrize("scaling", ["anomalies", "published"])
def test_observations_pull_the_estimate_towards_them(prior, problem, scaling):
    method = Published(prior, statistics(problem.ocean), scaling=scaling, steps=STEPS)
    analysis = method.analyse(problem)
    assert analysis.evaluations == STEPS
    assert analysis.members is None
    assert np.all(analysis.mean[~problem.ocean] == 0)
    fitted = analysis.mean[problem.observed]
    if scaling == "anomalies":
        assert np.corrcoef(fitted, problem.y[problem.observed])[0, 1] > 0.7
    else:  # an anomaly of 0.5 °C is a fiftieth of this scale: temperatures are what is fitted
        celsius = statistics(problem.ocean).denormalise(analysis.mean, 3)
        assert abs(np.nanmean(celsius[problem.observed]) - 12) < 3


def test_the_same_rule_as_a_guidance(prior, problem):
    sampling = SamplingConfig(guidance="reconmost", sampler="ddpm", steps=STEPS, start="noise")
    members, evaluations = guided_members(prior, problem, sampling, [0, 1], seed=0)
    assert evaluations == STEPS
    fitted = members[0][problem.observed]
    assert np.corrcoef(fitted, problem.y[problem.observed])[0, 1] > 0.7
    assert np.abs(fitted).max() > 1  # anomalies are not clipped


def test_a_sampler_it_does_not_fit_is_refused():
    with pytest.raises(BadConfig, match="use sampler ddpm"):
        load_config(overrides={"reconstruct.sampling.guidance": "reconmost"})

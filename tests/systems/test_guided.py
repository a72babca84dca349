"""Guided members, with a network that adds nothing: the prior is then exactly N(0, I)."""

import numpy as np
import pytest
import torch

from thermocline.config import MaskingConfig, NetworkConfig, ProcessConfig, SamplingConfig
from thermocline.ocean.anomalies import AnomalyProblem
from thermocline.ocean.latlon import LatLonGrid
from thermocline.systems.reconstruct.model.guided import guided_members
from thermocline.systems.reconstruct.model.prior import Prior, build_network

SHAPE = (2, 8, 16)


@pytest.fixture(scope="module")
def prior():
    config = NetworkConfig(width=8, multipliers=(1, 2), embedding=16)
    network = build_network(config, MaskingConfig(), SHAPE[0], seed=0).eval().requires_grad_(False)
    return Prior(network, ProcessConfig(), LatLonGrid.regular(*SHAPE[1:]), MaskingConfig())


@pytest.fixture(scope="module")
def problem():
    rng = np.random.default_rng(0)
    ocean = rng.random(SHAPE) < 0.8
    observed = ocean & (rng.random(SHAPE) < 0.3)
    y = np.where(observed, rng.standard_normal(SHAPE), 0).astype(np.float32)
    s_y = np.where(observed, 0.5, 1).astype(np.float32)
    return AnomalyProblem(y, s_y, observed, ocean, month=3, case="test")


@pytest.mark.parametrize("guidance", ["pigdm", "mmps"])
def test_the_posterior_of_a_white_prior_is_exact(prior, problem, guidance):
    sampling = SamplingConfig(guidance=guidance, sampler="heun", steps=24, start="noise")
    members, evaluations = guided_members(prior, problem, sampling, range(32), seed=1)
    inside = problem.observed
    gain = 1 / (1 + 0.5**2)
    error = (members.mean(axis=0) - gain * problem.y)[inside] / np.sqrt((1 - gain) / 32)
    assert np.abs(error.mean()) < 4 / np.sqrt(inside.sum())  # standard normal if exact
    assert np.sqrt(np.mean(error**2)) == pytest.approx(1, abs=0.25)
    variance = members.var(axis=0, ddof=1)
    assert variance[inside].mean() == pytest.approx(1 - gain, rel=0.05)
    assert variance[problem.ocean & ~inside].mean() == pytest.approx(1, rel=0.05)
    assert np.all(members[:, ~problem.ocean] == 0)
    assert evaluations > 24


@pytest.mark.parametrize("guidance", ["pigdm", "mmps", "none", "replace", "dps"])
def test_a_member_is_the_same_among_any_others(prior, problem, guidance):
    sampling = SamplingConfig(guidance=guidance, sampler="euler", steps=3, start="noise")
    many, _ = guided_members(prior, problem, sampling, range(6), seed=1)
    alone, _ = guided_members(prior, problem, sampling, [5], seed=1)
    shuffled, _ = guided_members(prior, problem, sampling, [4, 0], seed=1)
    assert np.array_equal(alone[0], many[5])
    assert np.array_equal(shuffled, many[[4, 0]])
    assert not np.array_equal(many[0], many[1])


def test_a_start_is_returned_where_almost_no_noise_is_added(prior, problem):
    start = np.random.default_rng(1).standard_normal((3, *SHAPE)).astype(np.float32)
    start *= problem.ocean
    sampling = SamplingConfig(guidance="none", sigma_start=1e-3, sigma_min=1e-4, steps=4)
    members, _ = guided_members(prior, problem, sampling, range(3), seed=0, start=start)
    assert np.abs(members - start).max() < 0.01


def test_evaluations_count_backward_passes(prior, problem):
    euler = {"sampler": "euler", "steps": 5, "start": "noise"}
    plain = guided_members(prior, problem, SamplingConfig(guidance="none", **euler), [0], 0)[1]
    pigdm = guided_members(prior, problem, SamplingConfig(guidance="pigdm", **euler), [0], 0)[1]
    assert (plain, pigdm) == (5, 10)


def test_masks_never_seen_in_training_work(prior, problem):
    torch.manual_seed(0)
    for ocean in (np.ones(SHAPE, bool), np.zeros(SHAPE, bool)):
        other = AnomalyProblem(problem.y, problem.s_y, problem.observed & ocean, ocean, month=12)
        members, _ = guided_members(prior, other, SamplingConfig(start="noise", steps=2), [0], 0)
        assert np.isfinite(members).all()
        assert np.all(members[:, ~ocean] == 0)


@pytest.mark.parametrize(("guidance", "sampler"), [("reconmost", "ddpm"), ("replace", "heun")])
def test_a_strength_that_guidance_does_not_know_is_refused(guidance, sampler):
    assert SamplingConfig(guidance=guidance, sampler=sampler).strength == 1
    with pytest.raises(ValueError, match=f"{guidance} has no likelihood.*set strength: 1"):
        SamplingConfig(guidance=guidance, sampler=sampler, strength=4.0)


def test_strength_is_the_power_of_the_likelihood(prior, problem):
    """The fourth power of N(y; x, s²) halves s: the posterior of a white prior is still exact."""
    sampling = SamplingConfig(strength=4.0, sampler="heun", steps=24, start="noise")
    members, _ = guided_members(prior, problem, sampling, range(32), seed=1)
    inside = problem.observed
    gain = 1 / (1 + 0.25**2)
    error = (members.mean(axis=0) - gain * problem.y)[inside] / np.sqrt((1 - gain) / 32)
    assert np.sqrt(np.mean(error**2)) == pytest.approx(1, abs=0.25)
    assert members.var(axis=0, ddof=1)[inside].mean() == pytest.approx(1 - gain, rel=0.05)

"""The closed form is one: exact methods reach it, the wrong ones do not, and costs are true."""

import subprocess
import sys
from pathlib import Path

import pytest
import torch

sys.path.insert(0, str(Path(__file__).parents[2]))

from benchmarks.sampling.closed_form import BalancedNoise, ClosedForm, Early
from benchmarks.sampling.pairs import Pair, Result, all_pairs, measure

from thermocline.diffusion.guidance import GUIDANCE
from thermocline.diffusion.samplers import SAMPLERS

ROOT = Path(__file__).parents[2]


@pytest.fixture(scope="module")
def world():
    return ClosedForm(32)


def test_balanced_noise_is_white_across_cells_and_steps():
    noise = BalancedNoise((1, 2, 3), 4)
    fields = torch.cat([noise.noise(step).flatten(1) for step in range(5)], dim=1)
    assert fields.shape[1] == 30
    torch.testing.assert_close(fields.mean(dim=0), torch.zeros(30, dtype=torch.float64))
    white = fields.T @ fields / len(fields)
    torch.testing.assert_close(white, torch.eye(30, dtype=torch.float64))


def test_without_observations_samplers_converge_to_the_prior(world):
    """First order halves the covariance's error with twice the steps; Heun does better."""
    error = lambda sampler, steps: world.score(Pair(sampler, "none"), steps)[1]["covariance"]
    assert 1.5 < error("euler", 16) / error("euler", 32) < 2.5
    assert error("heun", 16) < error("euler", 32) / 5
    assert error("dpm_solver", 16) < error("euler", 32) / 3


def test_only_moment_matching_finds_the_posterior(world):
    """It alone is exact for a Gaussian prior with correlations."""
    mean = {g: world.score(Pair("ddpm", g), 32)[1]["mean"] for g in ("mmps", "pigdm", "replace")}
    assert mean["mmps"] < 0.02
    assert mean["pigdm"] > 0.1
    assert mean["replace"] > 0.1


def test_ddim_is_euler(world):
    for guidance in ("none", "mmps"):
        one, other = (world.score(Pair(s, guidance), 5)[1] for s in ("euler", "ddim"))
        assert one == pytest.approx(other, rel=1e-6)


@pytest.mark.parametrize("guidance", sorted(set(GUIDANCE) - {"reconmost"}))
@pytest.mark.parametrize("sampler", ["heun", "euler", "ddpm"])
def test_steps_spend_the_budget_and_no_more(world, sampler, guidance):
    pair = Pair(sampler, guidance)
    for budget in (8, 31):
        steps = pair.steps(budget)
        evaluations, _ = world.score(pair, steps)
        assert evaluations <= budget
        # Heun saves an evaluation where a step crosses most of the noise (`diffusion.ode`).
        more = steps + (2 if sampler == "heun" else 1)
        assert world.score(pair, more)[0] > budget


def test_every_pair_is_measured_or_refused_with_a_reason(world):
    results = measure(all_pairs(tuple(SAMPLERS)), (4,), world.score)
    assert {(r.pair.sampler, r.pair.guidance) for r in results} == {
        (sampler, guidance) for sampler in SAMPLERS for guidance in GUIDANCE
    }
    for result in results:
        assert bool(result.errors) != bool(result.refused)
    refused = {(r.pair.sampler, r.pair.guidance) for r in results if r.refused}
    assert refused == {(s, "reconmost") for s in SAMPLERS if s not in ("ddpm", "ddim")}


def test_a_budget_takes_the_longest_run_it_pays_for():
    result = Result(Pair("euler", "none"), {2: {"e": 0.5}, 8: {"e": 0.1}})
    assert [result.within(budget) for budget in (1, 4, 8)] == [None, {"e": 0.5}, {"e": 0.1}]


def test_early_times_begin_and_end_where_they_should():
    """t = σ/(1 + σ) leaves its start with half the speed of an even walk."""
    sigma = Early(sigma_max=20.0).grid(100)
    t = sigma / (1 + sigma)
    assert sigma[0] == pytest.approx(20.0)
    assert sigma[-1] == 0
    assert torch.all(sigma.diff() < 0)
    assert float((t[0] - t[1]) / t[0]) == pytest.approx(0.5 / 100, rel=0.01)


def test_command_prints_and_draws(tmp_path, warm_python):
    command = [warm_python, "-m", "benchmarks.sampling", "closed-form", "--budgets", "1", "4"]
    done = subprocess.run(
        [*command, "--output", str(tmp_path)], cwd=ROOT, capture_output=True, text=True, check=True
    )
    assert "reconmost with" in done.stdout
    assert (tmp_path / "sampling.png").read_bytes()[:4] == b"\x89PNG"
    assert (tmp_path / "closed-form.json").is_file()

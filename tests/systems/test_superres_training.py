"""Training of `superres`: what it sees, that it learns, and that it is repeated to the bit."""

from dataclasses import replace

import numpy as np
import pytest
import torch
from benchmarks.superres.presets import published, regression, resshift
from benchmarks.superres.training import train
from superres_world import FACTOR, box, coarse, covariance, pairs, settings
from torch.nn import functional

from shares import check_shares
from thermocline.baselines.downscaling.upsampling import Upsampling
from thermocline.diffusion.noise import MemberNoise
from thermocline.diffusion.residual import ResidualShift
from thermocline.diffusion.samplers import sample
from thermocline.errors import BadConfig
from thermocline.ocean.blocks import block_mean
from thermocline.ocean.problem import Analysis
from thermocline.registry.runs.datasets import RANKED
from thermocline.systems.superres.config.model import ShiftConfig
from thermocline.systems.superres.model.adversarial import Adversarial, GanPair, last_layer
from thermocline.systems.superres.model.calibration import Evidence, fit_calibration
from thermocline.systems.superres.model.conditioning import EVEN, describe
from thermocline.systems.superres.model.crops import ORIENTATIONS, Crops, negated, rotated, stacked
from thermocline.systems.superres.model.denoiser import ConditionalDenoiser, batched, build_network
from thermocline.systems.superres.model.members import draw
from thermocline.systems.superres.model.noise_correlation import (
    NoiseCorrelation,
    fit_noise_correlation,
)
from thermocline.systems.superres.model.objective import DenoisingLoss
from thermocline.systems.superres.model.scales import Scales, fit_scales
from thermocline.training.objective import step_generator
from thermocline.training.share import Share

LATITUDE = 8
"""The layer that tells the latitude."""
SCALES = Scales(unit=0.4, reference=1.0, weights=(0.05, 0.1, 0.1, 0.0))


def known_of(problem, uncertainty="learned"):
    first_guess = Upsampling().analyse(problem)
    return describe(problem, first_guess, ShiftConfig(uncertainty=uncertainty), SCALES)


@pytest.mark.parametrize("uncertainty", ["none", "physics", "learned"])
def test_fields_keep_or_change_their_sign_with_the_temperature(uncertainty):
    problem, truth = pairs(1)[0]
    opposite = replace(problem, value=30 - problem.value)
    here, there = known_of(problem, uncertainty), known_of(opposite, uncertainty)
    both = negated(stacked(here, truth)), stacked(there, 30 - truth)
    z, fields = (slice(0, 1), slice(4, None))
    assert torch.allclose(both[0][z], both[1][z], atol=1e-4)
    assert torch.allclose(both[0][fields], both[1][fields], atol=1e-4)
    assert all(here.fields[EVEN + k].std() > 0 for k in range(2))


def test_a_turned_sea_is_described_as_a_turned_description():
    """On the equator, where north is like south and a cell is square."""
    grid = box(4, 4, south=-2.5)
    rng = np.random.default_rng(0)
    truth = 20 + rng.standard_normal((4, 4)).repeat(5, 0).repeat(5, 1) + rng.random((20, 20))
    ocean = np.ones((20, 20), bool)
    ocean[:7, :3] = False
    for turn in range(ORIENTATIONS):
        part = lambda field, k=turn: rotated(torch.from_numpy(field.copy()), k).numpy()
        problem = coarse(part(truth), grid, ocean=part(ocean))
        here = stacked(known_of(problem, "physics"), np.where(part(ocean), part(truth), np.nan))
        first = known_of(coarse(truth, grid, ocean=ocean), "physics")
        there = rotated(stacked(first, np.where(ocean, truth, np.nan)), turn)
        here[LATITUDE] = there[LATITUDE] = 0
        assert torch.allclose(here, there, atol=0.01)  # cells are a thousandth narrower at 2.5°


def test_crops_belong_to_the_generator():
    some = pairs(3, rows=4, columns=5)
    crops = Crops([known_of(problem) for problem, _ in some], some, crop=3, negate=True)
    draws = [crops.draw(6, step_generator(seed, 5)) for seed in (1, 1, 2)]
    assert torch.equal(draws[0][0], draws[1][0])
    assert not torch.equal(draws[0][0], draws[2][0])
    z, conditions = draws[0]
    assert z.shape == (6, 1, 15, 15) and conditions.fields.shape[1:] == (8, 15, 15)
    assert torch.all(z[conditions.ocean == 0] == 0)
    # Blocks of the lattice stay whole: means over a crop's blocks are means of the problem's.
    x = np.where(conditions.ocean > 0, conditions.first_guess, np.nan)[:, 0]
    values = np.concatenate(
        [block_mean(known_of(p).first_guess, p.ocean, FACTOR).ravel() for p, _ in some]
    )
    for crop in x:
        for mean in block_mean(crop, np.isfinite(crop), FACTOR).ravel():
            assert np.isnan(mean) or np.nanmin(np.abs(values - mean)) < 1e-4


def test_the_learned_map_finds_what_errors_grow_with():
    rng = np.random.default_rng(0)
    made = []
    for problem, _ in pairs(60, land=False):
        first_guess = Upsampling().analyse(problem)
        stated = 0.1 + rng.random(problem.ocean.shape)
        first_guess = replace(first_guess, std=stated[None].astype(np.float32))
        truth = first_guess.mean[0] + np.sqrt(0.01 + 2 * stated**2) * rng.standard_normal(
            stated.shape
        )
        made.append(((problem, truth.astype(np.float32)), first_guess))
    fitted, first_guesses = zip(*made, strict=True)
    scales = fit_scales(fitted, first_guesses, ShiftConfig(uncertainty="learned"))
    assert scales.weights[3] == pytest.approx(2, rel=0.1)
    assert sum(scales.weights[:3]) < 0.05
    for kind in ("none", "physics", "learned"):
        scales = fit_scales(fitted, first_guesses, ShiftConfig(uncertainty=kind))
        z = [
            stacked(describe(p, c, ShiftConfig(uncertainty=kind), scales), x)[0]
            for (p, x), c in zip(fitted, first_guesses, strict=True)
        ]
        assert float(torch.stack(z).square().mean()) == pytest.approx(1, abs=0.01)


def test_coloured_noise_is_correlated_as_what_it_was_fitted_to():
    rng, generator = np.random.default_rng(0), torch.Generator().manual_seed(0)
    grid = box(5, 5)
    correlation = covariance(grid, std=1.0, reach=0.5)
    fields = (np.linalg.cholesky(correlation) @ rng.standard_normal((625, 300))).T
    sea = np.ones((25, 25), bool)
    sea[:8, :8] = False
    kernel = fit_noise_correlation((field.reshape(25, 25), sea) for field in fields)
    noise = NoiseCorrelation(kernel)(torch.randn(2000, 1, 25, 25, generator=generator))[
        :, 0
    ].numpy()
    assert np.abs(noise.var(axis=0) - 1).max() < 5 * np.sqrt(2 / 2000)
    around = np.mean(noise * noise[:, 12:13, 12:13], axis=0)
    truth = correlation[12 * 25 + 12].reshape(25, 25)
    assert np.abs(around - truth)[5:20, 5:20].max() < 0.15
    white = torch.randn(3, 1, 25, 25, generator=generator)
    assert torch.equal(NoiseCorrelation()(white), white)


@pytest.mark.parametrize("shape", [(3, 1, 25, 32), (1, 1, 7, 5)])
def test_correlated_noise_is_a_convolution_of_variance_one_at_the_edges_too(shape):
    """Also on fewer cells than the kernel has."""
    quadrant = tuple(tuple(0.8 ** (i + 2 * j) for j in range(6)) for i in range(6))
    white = torch.randn(shape, generator=torch.Generator().manual_seed(4), dtype=torch.float64)
    lag = np.abs(np.arange(-5, 6))
    kernel = torch.from_numpy(np.array(quadrant)[np.ix_(lag, lag)])[None, None]
    variance = functional.conv2d(torch.ones_like(white), kernel.square(), padding=5)
    wanted = functional.conv2d(white, kernel, padding=5) / variance.sqrt()
    correlate = NoiseCorrelation(quadrant)
    torch.testing.assert_close(correlate(white), wanted, rtol=0, atol=1e-12)
    torch.testing.assert_close(correlate(white.float()), wanted.float(), rtol=0, atol=1e-5)


def test_coloured_noise_has_a_steep_spectrum_at_all_scales():
    """A taper lends short waves what long ones have: here a thousand times more."""
    rng, generator = np.random.default_rng(0), torch.Generator().manual_seed(0)
    wave = np.hypot(*np.meshgrid(np.fft.fftfreq(32), np.fft.fftfreq(32)))
    power = np.exp(-((14 * wave) ** 1.2)) + 1e-5
    white = np.fft.fft2(rng.standard_normal((60, 32, 32)))
    fields = np.fft.ifft2(np.sqrt(power) * white).real
    kernel = fit_noise_correlation((field, np.ones((32, 32), bool)) for field in fields)
    noise = NoiseCorrelation(kernel)(torch.randn(400, 1, 32, 32, generator=generator))[:, 0].numpy()
    window = np.outer(np.hanning(34)[1:-1], np.hanning(34)[1:-1])

    def octaves(x):
        found = (np.abs(np.fft.fft2(x * window)) ** 2).mean(axis=0) / x.var()
        bands = ((0, 1 / 16), (1 / 16, 1 / 8), (1 / 8, 1 / 4), (1 / 4, 1 / 2))
        return np.array([found[(wave > low) & (wave <= high)].mean() for low, high in bands])

    assert octaves(noise) == pytest.approx(octaves(fields), rel=0.15)


def test_the_gate_trusts_what_has_earned_it():
    rng, grid = np.random.default_rng(0), box(40, 20)
    gradient_magnitude = rng.gamma(2.0, 1.0, grid.shape)
    useful = np.where(gradient_magnitude > 2, 0.5, 0.0)
    increment, noise = rng.standard_normal(grid.shape), rng.standard_normal(grid.shape)
    error = useful * increment + 0.3 * noise
    flat = np.zeros(grid.shape)
    none = np.zeros((0, *grid.shape))
    case = Evidence(coarse(flat, grid), gradient_magnitude, flat, error, increment, none)
    gate = fit_calibration([case])
    g, s = gate.at(np.array([0.1, 9.0]))
    assert g == pytest.approx([0, 0.5], abs=0.03) and s.tolist() == [1, 1]
    members = 0.1 * rng.standard_normal((8, *grid.shape))
    textured = fit_calibration([case._replace(perturbations=members)])
    assert textured.correction == gate.correction
    assert textured.texture.spread[3:] == pytest.approx((3 / np.sqrt(1 + 1 / 8),) * 5, rel=0.1)
    useless = fit_calibration([case._replace(increment=flat)])
    assert set(useless.correction) == {0.0}


def run(config, folder, stop_at=None, count=8):
    def report(step, metrics):
        if step == stop_at:
            raise InterruptedError

    some = pairs(count)
    return train(config, some[2:], some[:2], folder, report=report, accelerator="cpu", seed=3)


def same(a, b):
    return all(torch.equal(value, b[name]) for name, value in a.items())


def test_an_interrupted_run_is_the_same_run(tmp_path):
    whole = run(settings(), tmp_path / "whole")
    with pytest.raises(InterruptedError):
        run(settings(), tmp_path / "cut", stop_at=8)
    resumed = run(settings(), tmp_path / "cut")
    assert same(whole.raw, resumed.raw)
    assert same(whole.denoiser.network.state_dict(), resumed.denoiser.network.state_dict())
    assert whole.contract == resumed.contract
    whole.save(tmp_path / "model")
    assert not same(whole.raw, whole.denoiser.network.state_dict())


def test_curves_are_not_called_like_the_scores_on_test_days(tmp_path):
    """MLflow would draw both as one."""
    some, names = pairs(4), set()
    told = lambda step, metrics: names.update(metrics)
    train(settings(), some[2:], some[:2], tmp_path, report=told, accelerator="cpu", seed=3)
    assert "validation_rmse" in names and not names & set(RANKED)


@pytest.mark.slow
def test_training_learns_what_upsampling_cannot_know(tmp_path):
    """A sea of fronts, sharp wherever they are: no linear method restores that."""
    rng, grid = np.random.default_rng(0), box(4, 4)
    row, column = np.indices(grid.shape)
    made = []
    for _ in range(120):
        angle, offset = rng.uniform(0, 2 * np.pi), rng.uniform(-6, 6)
        across = (row - 10) * np.cos(angle) + (column - 10) * np.sin(angle) - offset
        truth = (15 + np.tanh(across)).astype(np.float32)
        made.append((coarse(truth, grid), truth))
    config = settings(
        network={"width": 16},
        training={"steps": 120, "validate_every": 120, "crop": 4, "batch": 16, "ema": 0.95},
    )
    model = train(config, made[20:], made[:20], tmp_path, accelerator="cpu")
    error = lambda method: np.sqrt(
        np.mean([(method.analyse(p, 0, 0).mean[0] - x) ** 2 for p, x in made[:20]])
    )
    assert error(model) < 0.75 * error(Upsampling())


@pytest.mark.parametrize("preset", [published, resshift, regression])
def test_presets_are_trained_by_the_same_code(preset, tmp_path):
    config = preset(settings())
    assert config.network == settings().network
    model = run(config, tmp_path)
    problem, _ = pairs(1)[0]
    answer = model.analyse(problem, 3, seed=0)
    assert np.isfinite(answer.mean).all() and np.all(answer.mean[0][~problem.ocean] == 0)
    if preset is regression:
        assert answer.members is None and answer.evaluations == 1
    else:
        assert answer.members.shape == (3, 1, 15, 20) and answer.evaluations == 5
        assert np.allclose(answer.mean, answer.members.mean(axis=0), atol=1e-5)


@pytest.mark.parametrize("preset", [published, resshift])
def test_the_published_chain_is_the_one_of_the_paper(preset):
    """In z it is that of scaled temperatures, X_t = X + η(Y − X) + κ√η·u·ε, from Y + κ√η_T·u·ε."""
    config = preset(settings())
    problem = pairs(1, land=False)[0][0]
    scales = Scales(unit=20.0)
    given = describe(problem, Upsampling().analyse(problem), config.process, scales)
    assert (np.ptp(given.unit) > 0) == (preset is published)
    network = build_network(config.network, config.process, seed=0)
    torch.nn.init.normal_(network.leave.conv.weight, std=0.1)
    network.eval().requires_grad_(False)
    denoiser, device = (
        ConditionalDenoiser(network, config.process, learned_mean=False),
        torch.device("cpu"),
    )
    shape = given.ocean.shape
    z, count = draw(
        denoiser.conditioned_on(batched([given])),
        denoiser.schedule,
        config.sampling,
        shape,
        range(4),
        7,
        device,
    )

    schedule = ResidualShift(T=5, kappa=2.5, power=0.2)
    y = torch.from_numpy((given.first_guess - 15) / 20)[None, None]
    u = torch.from_numpy(given.unit / 20)[None, None]

    def denoise(r_t, alpha, sigma):
        eta = 1 - alpha
        noisy = (r_t + eta * y) / torch.sqrt(0.3 * eta * 2.5**2 + 0.25)
        wide = torch.nn.functional.pad(noisy, (0, 0, 0, 5), mode="replicate")
        conditions = torch.nn.functional.pad(
            y.expand(4, -1, -1, -1), (0, 0, 0, 5), mode="replicate"
        )
        level = torch.log(sigma / alpha) / 4
        return network(wide, level.reshape(1).expand(4), conditions)[..., : shape[0], :]

    noise = MemberNoise(7, range(4), (1, *shape))
    start = y + schedule.sigma(5).float() * u * noise.noise(0)
    x = sample(denoise, schedule, start, 5, noise, sampler="residual_shift", y=y, scale=u)
    ours = (given.first_guess + given.unit * z - 15) / 20
    assert count == 5
    assert np.abs(x[:, 0].numpy() - ours).max() < 2e-4


def test_a_centre_that_states_its_error_is_believed():
    problem, truth = pairs(1)[0]
    mean = np.where(problem.ocean, truth, 0)[None].astype(np.float32)
    std = np.where(problem.ocean, 0.2, 0)[None].astype(np.float32)
    scales = Scales(unit=0.2, weights=(0.0, 0.0, 0.0, 1.0))
    given = describe(problem, Analysis(mean, std), ShiftConfig(uncertainty="learned"), scales)
    assert np.allclose(given.unit[problem.ocean], 0.2)


def test_rivals_train_each_other_and_resume(tmp_path):
    config = settings(adversarial={"weight": 0.5, "warmup": 4, "width": 4})
    whole, plain = run(config, tmp_path / "whole"), run(settings(), tmp_path / "plain")
    with pytest.raises(InterruptedError):
        run(config, tmp_path / "cut", stop_at=8)
    resumed = run(config, tmp_path / "cut")
    assert same(whole.raw, resumed.raw)  # the warm-up goes on where it was
    assert whole.raw.keys() == plain.raw.keys()
    assert not same(whole.raw, plain.raw)


@pytest.mark.parametrize("head", [0, 4])
def test_each_rival_is_moved_by_its_own_loss(head):
    config = settings(adversarial={"weight": 1.0, "warmup": 0, "width": 4}, network={"head": head})
    some = pairs(2)
    given = [known_of(problem) for problem, _ in some]
    network = build_network(config.network, config.process, seed=0)
    denoising_loss = DenoisingLoss(
        ConditionalDenoiser(network, config.process),
        config.training,
        Crops(given, some, 3, negate=False),
        (given, some),
        SCALES,
    )
    check_shares(denoising_loss, network)
    rivals = GanPair(network, config.adversarial, seed=0)
    with pytest.raises(BadConfig, match="balanced over a whole batch"):
        Adversarial(denoising_loss, config.adversarial).draw(step_generator(0, 0), Share(0, 2))
    gradients = {}
    for weight in (0.0, 1.0):
        rivals.zero_grad()
        objective = Adversarial(
            denoising_loss, config.adversarial.model_copy(update={"weight": weight})
        )
        objective.loss(rivals, objective.draw(step_generator(0, 0))).backward()
        gradients[weight] = (
            last_layer(rivals.generator).grad.clone(),
            rivals.discriminator.leave.weight.grad.clone(),
        )
    alone, together = gradients[0.0], gradients[1.0]
    assert torch.allclose(alone[1], together[1], rtol=0.05, atol=1e-4)
    assert not torch.allclose(alone[0], together[0], rtol=0.05)
    opinion = (together[0] - alone[0]).norm() / alone[0].norm()
    assert float(opinion) == pytest.approx(1, rel=0.05)  # both pull equally hard

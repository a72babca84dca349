"""`superres`: exact where the answer is known, and what must hold of any network."""

from dataclasses import replace

import numpy as np
import pytest
import torch
from superres_world import FACTOR, Exact, box, coarse, covariance, pairs, settings, shaken

from thermocline.baselines.downscaling.upsampling import Upsampling
from thermocline.errors import BadData, BadFile
from thermocline.ocean.blocks import block_mean
from thermocline.ocean.latlon import LatLonGrid
from thermocline.systems.superres.config import SuperresSection
from thermocline.systems.superres.model.calibration import Calibration
from thermocline.systems.superres.model.conditioning import EVEN
from thermocline.systems.superres.model.contract import SuperresContract
from thermocline.systems.superres.model.denoiser import (
    ConditionalDenoiser,
    ConditioningBatch,
    batched,
)
from thermocline.systems.superres.model.details import Band, Details
from thermocline.systems.superres.model.method import Superresolver, make_denoiser
from thermocline.systems.superres.model.noise_correlation import NoiseCorrelation
from thermocline.systems.superres.model.scales import Scales
from thermocline.systems.superres.model.symmetry import symmetric_mean
from thermocline.systems.superres.model.texture import Texture

SCALES = Scales(unit=0.4, reference=1.0, weights=(0.05, 0.1, 0.1, 0.0))
KERNEL = ((1.0, 0.5, 0.1), (0.5, 0.25, 0.05), (0.1, 0.05, 0.0))
PLAIN = {"gate": False, "consistency": False}


BAND = Band(gradient_magnitude=(0.1, 1.0), factor=(0.3, 1.5))
LIVELY = Calibration(
    texture=Texture(gradient_magnitude=(0.1, 1.0), spread=(0.8, 1.2), detail=(0.5, 1.5)),
    details=Details(bands=(BAND, BAND)),
)
"""Members whose departures are changed in every way there is."""


def model(config=None, network=None, scales=SCALES, gate=None):
    gate = gate or Calibration()
    contract = SuperresContract(
        factor=FACTOR, config=config or settings(), scales=scales, gate=gate
    )
    denoiser = make_denoiser(contract)
    shaken(denoiser.network)
    if network is not None:
        denoiser = ConditionalDenoiser(network, contract.config.process)
    return Superresolver(contract, denoiser, Upsampling(contract.config.first_guess))


@pytest.mark.parametrize(
    ("uncertainty", "coloured"), [("none", False), ("physics", True), ("learned", False)]
)
def test_members_are_draws_from_the_exact_posterior(uncertainty, coloured):
    """A Gaussian sea seen as noisy block means: E[x | y] and Cov[x | y] have closed forms."""
    grid, s_y, count = box(2, 2), 0.1, 300
    rng = np.random.default_rng(1)
    prior = covariance(grid, reach=0.5)
    truth = 15 + (np.linalg.cholesky(prior) @ rng.standard_normal(100)).reshape(10, 10)
    problem = coarse(truth, grid, s_y=s_y, noise=rng.standard_normal((2, 2)))
    h = np.stack([block_mean(e.reshape(10, 10), grid.cell_area(), 5).ravel() for e in np.eye(100)])
    gain = np.linalg.solve(h.T @ prior @ h + s_y**2 * np.eye(4), h.T @ prior).T
    mean = 15 + gain @ (problem.value.ravel() - 15)
    posterior = prior - gain @ h.T @ prior

    process = {"uncertainty": uncertainty, "kappa": 12.0, "last": 0.99, "power": 0.7}
    scales = SCALES.model_copy(update={"kernel": KERNEL if coloured else ()})
    config = settings(process=process, sampling={"sampler": "dpm_solver", "steps": 80}, **PLAIN)
    given = model(config).conditioning(problem)
    unit, first_guess = given.unit.ravel().astype(float), given.first_guess.ravel()
    assert (np.ptp(unit) == 0) == (uncertainty == "none")
    waves = torch.eye(100).reshape(100, 1, 10, 10)
    correlation = NoiseCorrelation(scales.kernel)(waves).reshape(100, 100).double().numpy()
    z, sigma = (mean - first_guess) / unit, posterior / np.outer(unit, unit)
    network = Exact(z, sigma, correlation.T @ correlation, (10, 10))
    answer = model(config, network, scales).analyse(problem, count, seed=3)

    assert np.abs(answer.mean.ravel() - mean).max() < 1e-3
    values, vectors = np.linalg.eigh(posterior)
    modes = (answer.members.reshape(count, -1) - mean) @ vectors / np.sqrt(values)
    shown = values > 1e-3  # the rest is rounding of single precision
    assert np.abs(modes.mean(axis=0))[shown].max() < 4.5 / np.sqrt(count)
    assert np.abs((modes**2).mean(axis=0)[shown] - 1).max() < 4.5 * np.sqrt(2 / count)
    assert (modes**2)[:, shown].mean() == pytest.approx(1, abs=0.05)
    correlation = (modes.T @ modes / count)[np.ix_(shown, shown)]
    np.fill_diagonal(correlation, 0)
    assert np.abs(correlation).max() < 5 / np.sqrt(count)


def lively():
    return model(settings(sampling={"intermittency": 0.7}), gate=LIVELY)


def test_lively_members_are_others_about_the_same_mean():
    problem, _ = pairs(1)[0]
    plain, other = (each.analyse(problem, 3, seed=0) for each in (model(), lively()))
    assert np.array_equal(plain.mean, other.mean)
    assert np.abs(plain.members - other.members).max() > 0.05
    steady = model(gate=LIVELY).analyse(problem, 3, seed=0)
    assert np.abs(steady.members - other.members).max() > 0.05


@pytest.mark.parametrize("uncertainty", ["none", "physics", "learned", "lively"])
@pytest.mark.parametrize("land", [False, True])
def test_constants_and_planes_stay(uncertainty, land):
    grid = box(4, 5)
    ocean = np.ones(grid.shape, bool)
    if land:
        ocean[:10, :5] = ocean[15:, 10:20] = False
    if uncertainty == "lively":
        restore = lively()
    else:
        restore = model(settings(process={"uncertainty": uncertainty}))
    north, east = np.meshgrid(grid.latitude, grid.longitude, indexing="ij")
    flat = LatLonGrid(
        grid.latitude + 44 - 2.5, grid.longitude
    )  # blocks have no area of their own there
    for grid_, truth in ((grid, 12.0 + 0 * north), (flat, 12 + 0.5 * (north + 44) - 0.3 * east)):
        problem = coarse(truth, grid_, s_y=0.0, ocean=ocean)
        answer = restore.analyse(problem, 3, seed=0)
        assert np.abs(answer.mean[0] - truth)[ocean].max() < 2e-4
        assert np.abs(answer.members[:, 0] - truth)[:, ocean].max() < 2e-4
        assert np.all(answer.mean[0][~ocean] == 0) and np.all(answer.members[:, 0][:, ~ocean] == 0)


def test_a_field_with_structure_is_changed():
    problem, _ = pairs(1)[0]
    answer = model().analyse(problem, 3, seed=0)
    first_guess = Upsampling().analyse(problem).mean
    assert np.abs(answer.mean - first_guess).max() > 0.05
    assert answer.std.max() > 0.05


@pytest.mark.parametrize("made", [model, lively])
def test_a_constant_added_is_a_constant_added(made):
    problem, _ = pairs(1)[0]
    warmer = replace(problem, value=problem.value + 8)
    here, there = (made().analyse(each, 3, seed=0) for each in (problem, warmer))
    sea = problem.ocean
    assert np.abs(there.mean - here.mean - 8)[0, sea].max() < 1e-3
    assert np.abs(there.members - here.members - 8)[:, 0, sea].max() < 1e-3


@pytest.mark.parametrize("made", [model, lively])
def test_a_member_is_the_same_among_any_others(made):
    problem, _ = pairs(1)[0]
    restore = made()
    six, two = restore.analyse(problem, 6, seed=1), restore.analyse(problem, 2, seed=1)
    assert np.array_equal(six.members[:2], two.members)
    assert np.array_equal(six.mean, two.mean)
    assert not np.array_equal(restore.analyse(problem, 2, seed=2).members, two.members)
    given = restore.conditioning(problem)
    alone = restore.draw(given, [5], seed=1).perturbations[0]
    assert np.array_equal(alone, restore.draw(given, range(6), seed=1).perturbations[5])


def test_land_is_untouched_and_blocks_agree():
    problem, _ = pairs(1)[0]
    problem = replace(problem, s_y=np.where(problem.observed, 1e-4, 1).astype(np.float32))
    answer = model(settings(consistency=True)).analyse(problem, 4, seed=0)
    for field in (answer.mean, *answer.members):
        assert np.all(field[0][~problem.ocean] == 0)
        means = block_mean(np.where(problem.ocean, field[0], np.nan), problem.grid.cell_area(), 5)
        assert np.nanmax(np.abs(means - problem.value)) < 2e-3
    assert np.isfinite(answer.members).all() and answer.members.shape == (4, 1, 15, 20)


def test_a_closed_gate_gives_back_the_centre():
    problem, _ = pairs(1)[0]
    restore = model(settings(consistency=False))
    shut = Calibration(gradient_magnitude=(1.0,), correction=(0.0,), spread=(0.0,))
    restore.contract = restore.contract.model_copy(update={"gate": shut})
    answer = restore.analyse(problem, 2, seed=0)
    assert np.array_equal(answer.mean, Upsampling().analyse(problem).mean)
    assert np.array_equal(answer.members[1], answer.mean)


def test_a_symmetric_mean_turns_and_changes_sign_with_what_is_told():
    denoiser = model().denoiser
    conditions = batched([model().conditioning(problem) for problem, _ in pairs(1)])
    one, mean = denoiser.mean(conditions), symmetric_mean(denoiser, conditions)
    opposite = conditions._replace(
        fields=torch.cat([conditions.fields[:, :EVEN], -conditions.fields[:, EVEN:]], 1)
    )
    assert torch.allclose(symmetric_mean(denoiser, opposite), -mean, atol=1e-6)
    assert not torch.allclose(denoiser.mean(opposite), -one, atol=1e-2)
    round_ = ConditioningBatch(*(part.flip((-2, -1)) for part in conditions[:4]))
    assert torch.allclose(symmetric_mean(denoiser, round_), mean.flip((-2, -1)), atol=1e-6)
    assert not torch.allclose(denoiser.mean(round_), one.flip((-2, -1)), atol=1e-2)
    assert torch.all(mean[0, 0][~torch.from_numpy(pairs(1)[0][0].ocean)] == 0)


@pytest.mark.parametrize(
    "wrong", [{"process": {"predicts": "field", "uncertainty": "none"}},
              {"training": {"negate": False}}, {"training": {"mean_fraction": 0.0}}],
)  # fmt: skip
def test_a_network_that_was_not_taught_symmetries_is_not_averaged(wrong):
    with pytest.raises(ValueError, match="symmetric mean"):
        settings(sampling={"symmetric": True}, **wrong)


@pytest.mark.parametrize("negate", [True, False])
def test_a_network_that_predicts_the_field_is_shown_no_other_sign(negate):
    """It sees the centre alone, whose sign stays: it would learn the centre."""
    model_ = {"process": {"predicts": "field", "uncertainty": "none"}}
    given = {"model": model_, "training": {"negate": negate}}
    if not negate:
        assert SuperresSection.model_validate(given).trained.process.predicts == "field"
        return
    with pytest.raises(ValueError, match=r"set training\.negate: false"):
        SuperresSection.model_validate(given)


def test_evaluations_are_counted():
    problem, _ = pairs(1)[0]
    assert model().analyse(problem, 5, seed=0).evaluations == 6  # five steps, and the mean
    assert model().analyse(problem, 0, seed=0).evaluations == 1
    symmetric = model(settings(sampling={"symmetric": True}))
    assert symmetric.analyse(problem, 2, seed=0).evaluations == 5 + 4


def test_another_factor_is_refused():
    problem, _ = pairs(1)[0]
    restore = model()
    restore.contract = restore.contract.model_copy(update={"factor": 4})
    with pytest.raises(BadData, match="4 cells of one"):
        restore.analyse(problem, 1, 0)


def test_what_was_saved_is_what_is_loaded(tmp_path):
    problem, _ = pairs(1)[0]
    restore = model()
    restore.raw = {name: 2 * value for name, value in restore.denoiser.network.state_dict().items()}
    restore.save(tmp_path / "model")
    loaded = Superresolver.load(tmp_path / "model")
    here, there = restore.analyse(problem, 2, seed=0), loaded.analyse(problem, 2, seed=0)
    assert np.array_equal(here.members, there.members) and np.array_equal(here.mean, there.mean)
    assert loaded.contract == restore.contract
    assert all(np.array_equal(loaded.raw[name], value) for name, value in restore.raw.items())
    contract = tmp_path / "model" / "contract.json"
    contract.write_text(contract.read_text().replace('"kelvin"', "").replace("degree_Celsius", "K"))
    with pytest.raises(BadFile, match="units"):
        Superresolver.load(tmp_path / "model")
    contract.unlink()
    with pytest.raises(BadFile, match="no contract"):
        Superresolver.load(tmp_path / "model")


def test_contracts_with_earlier_names_are_read():
    written = model().contract.model_dump_json()
    earlier = written.replace("gradient_magnitude", "steepness").replace("first_guess", "centre")
    earlier = earlier.replace("mean_fraction", "blind")
    assert earlier != written
    assert SuperresContract.model_validate_json(earlier) == model().contract

"""What the model of sea ice draws: states of a season, and answers to observations."""

import json

import numpy as np
import pytest
import torch
from scipy import stats

from ice_model import SILENT, SYSTEM
from thermocline.systems.seaice.baselines.methods import EnsembleOI
from thermocline.systems.seaice.data.cases import cases, problem
from thermocline.systems.seaice.data.physics import enforced
from thermocline.systems.seaice.data.raw import NAMES
from thermocline.systems.seaice.data.states import States
from thermocline.systems.seaice.model.calibrate import BOUNDS, fitted_factors, of_the_mean
from thermocline.systems.seaice.model.correcting import corrected, scaled_moments, seen_fields
from thermocline.systems.seaice.model.training import IceTraining


def test_an_untrained_network_answers_the_clipped_ensemble_oi(ice):
    config, model = ice
    training = IceTraining(config, States.open("build/prepared/seaice.nc"), model.ensemble)
    mean = training.scaling.clipped(torch.randn(2, 5, 16, 16))
    std, seen = torch.rand(2, 5, 16, 16) + 0.1, torch.zeros(2, 4, 16, 16)
    mu, s = corrected(
        training.networks.analysis, training.scaling, mean, std, seen, torch.tensor([40.0, 200.0])
    )
    torch.testing.assert_close(mu, mean)
    torch.testing.assert_close(s, std)


def test_a_state_is_of_its_number_and_seed_alone(ice):
    _, model = ice
    few, many = model.generate(2, 75, seed=3), model.generate(5, 75, seed=3)
    np.testing.assert_allclose(few, many[:2], atol=1e-5)
    assert not np.allclose(model.generate(2, 75, seed=4), few)


def test_generated_states_obey_physics(ice):
    _, model = ice
    states = model.generate(6, None, seed=0)
    np.testing.assert_array_equal(states, enforced(states))
    assert (states[..., ~model.ocean] == 0).all()
    free = model.generate(6, None, seed=0, enforce=False)
    assert not np.array_equal(free, enforced(free))


def test_without_observations_a_problem_is_answered_by_states_of_its_season(ice):
    _, model = ice
    store = States.open("build/prepared/seaice.nc")
    day = np.datetime64("2003-03-16", "D")
    answer = model.analyse(problem(store.grid, store.ocean, day, ()), 3, seed=1)
    np.testing.assert_array_equal(answer.members, model.generate(3, 75, seed=1))


def test_an_answer_is_a_censored_gaussian_with_the_structure_of_the_draws(ice):
    """μ + s ζ within bounds, ζ the ensemble OI's draws in its own deviations; the mean by SciPy."""
    config, model = ice
    store = States.open("build/prepared/seaice.nc")
    asked = next(iter(cases(config, store, "test"))).problem
    model = model.calibrated({})
    answer = model.analyse(asked, 3, seed=0)
    start = EnsembleOI(model.ensemble).posterior(asked, 3, 0)
    moments = scaled_moments(EnsembleOI(model.ensemble), model.scaling, start.mean, start.std)
    day = np.float32((asked.time - asked.time.astype("datetime64[Y]")).astype(int) + 1)
    given = (*moments, seen_fields(asked, model.scaling), np.array(day))
    with torch.no_grad():
        batch = (torch.from_numpy(part)[None] for part in given)
        mu, s = corrected(model.network.analysis, model.scaling, *batch)
    zeta = model.ensemble.fields((start.draws - start.mean) / start.std)
    drawn = model.scaling.clipped(mu + s * torch.from_numpy(zeta))
    expected = enforced(model.scaling.physical(drawn).numpy())
    np.testing.assert_allclose(answer.members, expected, atol=1e-5)
    ice = 1
    place = (ice, *np.argwhere(store.ocean)[40])
    m, d = (float(getattr(model.scaling, name)[ice]) for name in ("mean", "deviation"))
    centre, width = float(mu[0][place]) * d + m, float(s[0][place]) * d
    x = np.clip(stats.norm.ppf((np.arange(200_000) + 0.5) / 200_000, centre, width), 0, 1)
    assert float(answer.mean[place]) == pytest.approx(x.mean(), abs=1e-4)
    assert float(answer.std[place]) == pytest.approx(x.std(), abs=1e-3)


def test_members_and_the_stated_deviation_are_as_large_as_errors_of_validation_years(ice):
    config, model = ice
    store = States.open("build/prepared/seaice.nc")
    assert set(model.contract.spread) == set(model.contract.stated) == set(NAMES)
    sizes = fitted_factors(model, of_the_mean, config, store, SILENT)
    within = [n for n, f in model.contract.stated.items() if BOUNDS[0] < f < BOUNDS[1]]
    assert within and all(sizes[name] == pytest.approx(1, abs=0.01) for name in within)


def test_a_contract_of_before_the_stated_deviation_was_fitted_answers_as_it_did(ice, tmp_path):
    config, model = ice
    model.save(tmp_path / "model")
    file = tmp_path / "model" / "contract.json"
    written = json.loads(file.read_text())
    fitted = written.pop("stated")
    factors = np.array([fitted[name] for name in NAMES])
    file.write_text(json.dumps(written))
    old = SYSTEM.load(tmp_path / "model")
    asked = next(iter(cases(config, States.open("build/prepared/seaice.nc"), "test"))).problem
    before, now = (each.analyse(asked, 3, seed=0) for each in (old, model))
    np.testing.assert_array_equal(before.mean, now.mean)
    np.testing.assert_array_equal(before.members, now.members)
    np.testing.assert_allclose(before.std * factors[:, None, None], now.std, rtol=1e-6)


def test_saved_and_read_it_answers_the_same(ice, tmp_path):
    _, model = ice
    model.save(tmp_path / "model")
    again = SYSTEM.load(tmp_path / "model")
    np.testing.assert_array_equal(model.generate(1, 10, 0), again.generate(1, 10, 0))
    assert again.contract == model.contract

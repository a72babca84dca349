"""The model of sea ice, from a store to answers, on a small world."""

import json
import shutil

import ice_world
import numpy as np
import pytest
import torch
import xarray as xr
from scipy import stats

from cf_problems import cf_problems
from shares import check_shares
from thermocline import systems
from thermocline.errors import BadObservations
from thermocline.netcdf import open_answer
from thermocline.ocean.cf import encode
from thermocline.ocean.operators import Cells
from thermocline.ocean.problem import Observed
from thermocline.predict import write_netcdf
from thermocline.registry.card import model_card
from thermocline.registry.lineage.record import Lineage
from thermocline.sources import read_field
from thermocline.systems.endpoint import Options
from thermocline.systems.paths import StagePaths
from thermocline.systems.seaice.baselines.methods import EnsembleOI
from thermocline.systems.seaice.data.cases import cases, problem
from thermocline.systems.seaice.data.physics import enforced
from thermocline.systems.seaice.data.raw import NAMES
from thermocline.systems.seaice.data.states import States
from thermocline.systems.seaice.endpoints.observed import concentration
from thermocline.systems.seaice.model.calibrate import BOUNDS, fitted_factors, of_the_mean
from thermocline.systems.seaice.model.correcting import corrected, scaled_moments, seen_fields
from thermocline.systems.seaice.model.posterior import posterior
from thermocline.systems.seaice.model.training import IceTraining
from thermocline.systems.warnings import warnings_of
from watching import check_watched

SYSTEM = systems.get("seaice")
SILENT = lambda items, label: items


@pytest.fixture(scope="module")
def made(tmp_path_factory):
    """All stages once: (configuration, model, board)."""
    root = tmp_path_factory.mktemp("ice")
    with pytest.MonkeyPatch.context() as patch:
        patch.chdir(root)
        config = ice_world.settings("build/prepared")
        ice_world.write(config)
        paths = StagePaths("seaice", config)
        SYSTEM.tune_baselines(config, paths.baselines)
        training = SYSTEM.training(config)
        training.run(paths.checkpoints / training.key, lambda step, metrics: None)
        paths.training.mkdir(parents=True)
        training.save(paths.training)
        digest = {"data_digest": training.data_digest}
        (paths.training / "training.json").write_text(json.dumps(digest))
        SYSTEM.calibrate(config, SILENT)[0].save(paths.model)
        paths.report.mkdir(parents=True)
        board = SYSTEM.evaluate(config, paths.report, SILENT)
        yield config, SYSTEM.load(paths.model), board, root


def test_every_method_is_scored_on_every_case(made):
    _config, _, board, _root = made
    groups = {(row.protocol, row.density, row.variable) for row in board.rows}
    assert len(groups) == 10
    assert {row.cases for row in board.rows} == {4}
    assert {row.method for row in board.rows} == {
        "thermocline",
        *(m for m in board.presentation.names),
    }
    assert all(np.isfinite([row.rmse, row.crps]).all() for row in board.rows)
    stating = {row.method for row in board.rows if row.extra["stated_skill"]}
    assert "thermocline" in stating and "nearest" not in stating
    ice = [row for row in board.rows if row.variable == "siconc"]
    assert all(np.isfinite(row.extra["edge"]) for row in ice)


def test_the_report_has_its_figures_and_what_was_generated(made):
    *_, root = made
    folder = root / "build/reports/seaice"
    report = json.loads((folder / "generation.json").read_text())
    assert report["violations"]["enforced"]["total"] == 0
    assert report["generated"]["faed"] > report["halves_of_the_truth"]["faed"]  # hardly trained
    assert {path.stem for path in (folder / "figures").glob("*.png")} >= {
        "generated",
        "spectra",
        "reconstruction_5",
        "reconstruction_30",
        *(f"summary_{name}" for name in ("sithick", "siconc", "damage", "siu", "siv")),
    }


@pytest.mark.parametrize(("held", "said"), [(24, "24 of the 48 states of"), (0, "states of")])
def test_the_card_says_how_many_states_are_interpolated(made, held, said):
    """Of 24 months of two members; models of before do not know it."""
    _, model, _, root = made
    assert model.contract.library_states == len(model.ensemble.library.codes)
    rows = json.loads((root / "build/reports/seaice/scoreboard.json").read_text())
    contract = json.loads(model.contract.model_dump_json()) | {"library_states": held}
    card = model_card("name", contract, {}, rows, [], Lineage(system="seaice"), "f" * 64)
    assert f"an ensemble optimal interpolation of {said} the training years" in card
    assert "On the standard deviation that is stated of the mean: sithick" in card


def test_an_untrained_network_answers_the_clipped_ensemble_oi(made):
    config, model, *_ = made
    training = IceTraining(config, States.open("build/prepared/seaice.nc"), model.ensemble)
    mean = training.scaling.clipped(torch.randn(2, 5, 16, 16))
    std, seen = torch.rand(2, 5, 16, 16) + 0.1, torch.zeros(2, 4, 16, 16)
    mu, s = corrected(
        training.networks.analysis, training.scaling, mean, std, seen, torch.tensor([40.0, 200.0])
    )
    torch.testing.assert_close(mu, mean)
    torch.testing.assert_close(s, std)


def test_a_state_is_of_its_number_and_seed_alone(made):
    _, model, *_ = made
    few, many = model.generate(2, 75, seed=3), model.generate(5, 75, seed=3)
    np.testing.assert_allclose(few, many[:2], atol=1e-5)
    assert not np.allclose(model.generate(2, 75, seed=4), few)


def test_generated_states_obey_physics(made):
    _, model, *_ = made
    states = model.generate(6, None, seed=0)
    np.testing.assert_array_equal(states, enforced(states))
    assert (states[..., ~model.ocean] == 0).all()
    free = model.generate(6, None, seed=0, enforce=False)
    assert not np.array_equal(free, enforced(free))


def test_without_observations_a_problem_is_answered_by_states_of_its_season(made):
    _config, model, *_ = made
    store = States.open("build/prepared/seaice.nc")
    day = np.datetime64("2003-03-16", "D")
    answer = model.analyse(problem(store.grid, store.ocean, day, ()), 3, seed=1)
    np.testing.assert_array_equal(answer.members, model.generate(3, 75, seed=1))


def test_an_answer_is_a_censored_gaussian_with_the_structure_of_the_draws(made):
    """μ + s ζ within bounds, ζ the ensemble OI's draws in its own deviations; the mean by SciPy."""
    config, model, *_ = made
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


def test_members_and_the_stated_deviation_are_as_large_as_errors_of_validation_years(made):
    config, model, *_ = made
    store = States.open("build/prepared/seaice.nc")
    assert set(model.contract.spread) == set(model.contract.stated) == set(NAMES)
    sizes = fitted_factors(model, of_the_mean, config, store, SILENT)
    within = [n for n, f in model.contract.stated.items() if BOUNDS[0] < f < BOUNDS[1]]
    assert within and all(sizes[name] == pytest.approx(1, abs=0.01) for name in within)


def test_a_contract_of_before_the_stated_deviation_was_fitted_answers_as_it_did(made, tmp_path):
    config, model, *_ = made
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


def test_saved_and_read_it_answers_the_same(made, tmp_path):
    _, model, *_ = made
    model.save(tmp_path / "model")
    again = SYSTEM.load(tmp_path / "model")
    np.testing.assert_array_equal(model.generate(1, 10, 0), again.generate(1, 10, 0))
    assert again.contract == model.contract


def test_a_training_is_continued_to_the_bit(made, tmp_path):
    """Only the autoencoder's checkpoint is left of an interrupted training."""
    config, *_ = made
    whole = SYSTEM.training(config)
    done = StagePaths("seaice", config).checkpoints / whole.key
    whole.run(done, lambda step, metrics: None)
    shutil.copytree(done / "autoencoder", tmp_path / "autoencoder")
    resumed = SYSTEM.training(config)
    resumed.run(tmp_path, lambda step, metrics: None)
    for training, folder in ((whole, "whole"), (resumed, "resumed")):
        (tmp_path / folder).mkdir()
        training.save(tmp_path / folder)
    first, second = (tmp_path / f / "weights.safetensors" for f in ("whole", "resumed"))
    assert first.read_bytes() == second.read_bytes()


@pytest.mark.parametrize("schedule", ["uniform", "lognormal"])
def test_shares_of_a_batch_are_the_whole(made, schedule):
    config, model, *_ = made
    training = IceTraining(config, States.open("build/prepared/seaice.nc"), model.ensemble)
    denoising = training._denoising()
    denoising.process = denoising.process.model_copy(update={"schedule": schedule})
    check_shares(denoising, training.networks.denoiser.float())


def test_the_endpoint(made):
    _, model, *_ = made
    endpoint, _ = SYSTEM.endpoints
    answer = endpoint.answer(model, endpoint.Request(**endpoint.example(model)), Options())
    assert answer.siconc.dims == ("realization", "y", "x") and answer.sizes["realization"] == 2
    assert answer.extent.attrs["units"] == "m2"
    area = model.grid.cell_area()
    expected = ((answer.siconc >= 0.15) * area).sum(("y", "x"))
    np.testing.assert_allclose(answer.extent, expected)
    opening, head, *states = endpoint.print(endpoint.describe(answer))
    assert opening == "2 states of month 3" and {len(line) for line in (head, *states)} == {45}
    check_watched(lambda: model.generate(1, None, 0), model.settings.sampling.steps)


@pytest.mark.parametrize("space", ["data"])
def test_the_data_space_model_is_trained_and_drawn_from(made, space, tmp_path):
    config, _model, *_ = made
    own = config.seaice.model_copy(
        update={"model": config.seaice.model.model_copy(update={"space": space})}
    )
    config = config.model_copy(update={"seaice": own})
    training = IceTraining(config, States.open("build/prepared/seaice.nc"), None)
    training.run(tmp_path, lambda step, metrics: None)
    assert training.networks.latent is None


def test_a_trial_is_scored_with_and_without_observations(made):
    config, model, *_ = made
    trials = SYSTEM.trials(config)
    assert {case.protocol for case in trials.cases} == {"swath", "nothing"}
    assert np.isfinite(trials.score(model)["validation_crps"])


def reconstructed(model, **given):
    _, endpoint = SYSTEM.endpoints
    request = endpoint.Request(**given, keep_members=True)
    return endpoint, endpoint.answer(model, request, Options())


def test_ice_from_observations(made):
    _, model, *_ = made
    endpoint, answer = reconstructed(model, **SYSTEM.endpoints[1].example(model))
    assert {"siconc", "siconc_std", "sithick", "damage", "siu", "siv_std"} <= set(answer.data_vars)
    assert answer.attrs["observations"] == "3 of 3 observations lie on the map's sea, in 3 cells"
    assert float(answer.siconc.max()) <= 1 and float(answer.siconc.min()) >= 0
    assert answer.siconc_members.sizes["realization"] == 4
    assert endpoint.print(endpoint.describe(answer))[0].startswith("2008-03-14: extent")


def test_answers_follow_cf_and_are_read_again(made, tmp_path):
    """The thickness of an answer is of the whole cell, and says so."""
    _, model, *_ = made
    for endpoint in SYSTEM.endpoints:
        request = endpoint.Request(**endpoint.example(model))
        answer = endpoint.answer(model, request, Options())
        encode(answer)
        assert not cf_problems(write_netcdf(answer, tmp_path / f"{endpoint.route}.nc"))
    assert str(answer.time.values) == "2008-03-14T12:00:00.000000000"
    assert answer.siu_std.attrs["long_name"].endswith("standard deviation of its uncertainty")
    assert answer.extent.attrs["units"] == "m2"
    grid = model.grid
    read = concentration(tmp_path / "seaice.nc", None, grid.x, grid.y, grid.crs)
    np.testing.assert_allclose(read.siconc[0], answer.siconc, atol=1e-5)
    with read_field(tmp_path / "seaice.nc", "sithick") as field:
        assert field.attrs["thickness"] == "per grid cell"
        values = field.sithick.squeeze().values
        np.testing.assert_allclose(values, answer.sithick, atol=1e-5)


def test_an_answer_says_how_far_observations_and_its_year_are_from_the_training(made):
    """The mean of the season's training states is not off; ice two deviations thicker is."""
    _, model, *_ = made
    library, own = model.ensemble.library, model.ensemble
    states = library.states(library.season(3, own.season_months))[:, 0]
    mean, std = states.mean(axis=0), states.std(axis=0)
    cells = np.flatnonzero(std > 0.3)[:12]
    latitude, longitude = (x[model.ocean][cells] for x in model.grid.centres())

    def ask(date, more):
        values = zip(latitude, longitude, mean[cells] + more * std[cells], strict=True)
        names = ("latitude", "longitude", "thickness")
        points = [dict(zip(names, map(float, point), strict=True)) for point in values]
        return reconstructed(model, date=date, observations=points, thickness_error=0.1)[1]

    usual, thick = ask("2001-03-14", 0.0), ask("2008-03-14", 2.2)
    assert usual.attrs["departure_count"] == len(cells) >= 10
    assert abs(usual.attrs["departure_mean"]) < 1e-3 and not warnings_of(usual)
    assert thick.attrs["departure_mean"] == pytest.approx(2.2, abs=1e-3)
    far, year = warnings_of(thick)
    assert (
        "+2.2 standard deviations from the season's training states" in far
        and "7 years outside" in year
    )


def test_an_answer_that_cannot_follow_its_observations_says_so_and_is_less_certain(made):
    """A map of ice where there is none and of none where there is ice, and the map itself."""
    _, model, *_ = made
    state = States.open("build/prepared/seaice.nc").states("test", 2).values[0, 1]
    latitude, longitude = (x[model.ocean].tolist() for x in model.grid.centres())

    def ask(values):
        given = zip(latitude, longitude, values[model.ocean].clip(0, 1).tolist(), strict=True)
        names = ("latitude", "longitude", "concentration")
        points = [dict(zip(names, point, strict=True)) for point in given]
        return reconstructed(model, date="2001-01-15", observations=points, error=0.01)

    (_, usual), (endpoint, odd) = ask(state), ask(1 - state)
    assert usual.attrs["trust_uncertainty_factor"] == 1 and not warnings_of(usual)
    factor = odd.attrs["trust_uncertainty_factor_siconc"]
    assert factor > 3 and f"multiplied by {factor:.1f}" in warnings_of(odd)[0]
    assert endpoint.describe(odd)["trust"]["uncertainty_factor_siconc"] == factor
    assert odd.siu_std.mean() > 2 * usual.siu_std.mean()  # not observed, and doubted alike


@pytest.mark.parametrize(
    ("concentration", "thickness", "said"),
    [
        (0.0, 4.0, "in 3 cells the observed thickness contradicts the observed concentration"),
        (0.05, 2.0, "in 3 cells the observed thickness contradicts the observed concentration"),
        (None, 15.0, "more than 8 m of ice observed in 3 cells"),
        (1.0, 15.0, "more than 8 m of ice observed in 3 cells"),
        (1.0, 4.0, ""),
        (0.3, 1.5, ""),
        (0.0, 0.5, ""),  # within its error
    ],
)
def test_thickness_that_cannot_be_is_warned_of(made, concentration, thickness, said):
    _, model, *_ = made
    at = [{"latitude": 80 + i, "longitude": 120.0 * i} for i in range(3)]
    points = [{**each, "concentration": concentration, "thickness": thickness} for each in at]
    _, answer = reconstructed(model, date="2001-03-14", observations=points)
    warned = [line for line in warnings_of(answer) if "more than 8 m" in line]
    assert [line.startswith(said) for line in warned] == ([True] if said else [])


def test_where_observations_contradict_an_answer_its_mean_stays_and_the_rest_is_wider(made):
    _, model, *_ = made
    store, model = States.open("build/prepared/seaice.nc"), model.calibrated({})
    cells = np.flatnonzero(store.ocean) + store.ocean.size  # of concentration
    y = 1.0 - store.states("test", 2).values[0].ravel()[cells]
    seen = Observed(Cells((5, 16, 16), cells), y.clip(0, 1), np.full(len(cells), 0.01))
    asked = problem(store.grid, store.ocean, np.datetime64("2001-01-15", "D"), (seen,))
    answer = model.analyse(asked, 4, 0)
    narrow = posterior(model.network.analysis, model.scaling, model.ensemble, asked, 15, 4, 0)
    wide = narrow.widened_about_its_mean(answer.agreement.factor)
    assert answer.agreement.factor.min() > 3
    np.testing.assert_array_equal(answer.mean, narrow.moments()[0])
    np.testing.assert_array_equal(answer.std, wide.moments()[1])
    np.testing.assert_array_equal(answer.members, wide.states())
    assert np.allclose(wide.moments()[0], answer.mean, atol=0.02)
    assert not np.allclose(
        narrow.widened(answer.agreement.factor).moments()[0], answer.mean, atol=0.1
    )


def test_the_largest_seed_is_written_too(made, tmp_path):
    """A classic NetCDF attribute holds no integer of 53 bits."""
    _, model, *_ = made
    seed = 2**53 - 1
    for endpoint in SYSTEM.endpoints:
        request = endpoint.Request(**endpoint.example(model) | {"seed": seed})
        path = write_netcdf(endpoint.answer(model, request, Options()), tmp_path / "answer.nc")
        with open_answer(path) as written:
            assert endpoint.describe(written)["seed"] == seed


def test_a_map_of_concentration_says_what_its_cells_say(made, tmp_path):
    """A file on the model's own grid, and the same values point by point."""
    _config, model, *_ = made
    store = States.open("build/prepared/seaice.nc")
    ice = store.states("test", 3)
    field, day = ice.values[0, 1], ice.names[0].rpartition("/")[2]
    coords = dict(model.grid.coordinates())
    about = {"standard_name": "sea_ice_area_fraction", "units": "1", "grid_mapping": "crs"}
    values = np.where(store.ocean, field, np.nan)[None].astype("f4")
    raw = xr.Dataset({"sic": (("time", "y", "x"), values, about)}, coords)
    raw = raw.assign_coords(time=np.array([day], "datetime64[ns]"))
    raw.to_netcdf(tmp_path / "ice.nc")
    _, of_file = reconstructed(model, file=tmp_path / "ice.nc")
    latitude, longitude = model.grid.centres()
    points = [
        {"latitude": a, "longitude": b, "concentration": float(np.float32(c))}
        for a, b, c in zip(
            latitude[store.ocean].tolist(),
            longitude[store.ocean].tolist(),
            field[store.ocean].clip(0, 1),
            strict=True,
        )
    ]
    _, of_points = reconstructed(model, observations=points, date=day)
    np.testing.assert_allclose(of_file.sithick, of_points.sithick, atol=1e-3)
    assert np.abs(of_file.siconc.values - field)[store.ocean].mean() < 0.06


@pytest.mark.parametrize(
    ("given", "words"),
    [
        ({}, "neither observations nor a file"),
        ({"observations": [{"latitude": 80, "longitude": 0, "concentration": 1}]}, "no date"),
        (
            {
                "observations": [{"latitude": -60, "longitude": 0, "concentration": 1}],
                "date": "2008-01-01",
            },
            "nothing that can be used: 0 of 1",
        ),
    ],
)
def test_what_cannot_be_answered(made, given, words):
    with pytest.raises(BadObservations, match=words):
        reconstructed(made[1], **given)

"""Classical methods against dense formulas written here, and on a region of known statistics."""

import json
from dataclasses import replace

import numpy as np
import pytest

from densify_world import MODES, OCEAN, SHAPE, config, samples
from thermocline.errors import BadData, BadFile
from thermocline.ocean.operators import Cells
from thermocline.ocean.problem import Observed
from thermocline.prepare.writer import write_store
from thermocline.systems.densify.baselines.known import fitted
from thermocline.systems.densify.baselines.linear import Linear
from thermocline.systems.densify.baselines.methods import SurfaceOI
from thermocline.systems.densify.baselines.simple import InverseDistance
from thermocline.systems.densify.baselines.stored import classical_methods
from thermocline.systems.densify.baselines.surface import ALL, LOCAL, MULTISCALE, chosen, predictors
from thermocline.systems.densify.baselines.tune import tune_baselines
from thermocline.systems.densify.data.cases import cases
from thermocline.systems.densify.data.columns import columns_of
from thermocline.systems.densify.data.waters import Waters

OWN = {
    "baselines": {
        "linear": {"ridge": (1e-2,), "radius_km": (240.0,), "inflation": (1.0, 1.2)},
        "ensemble": {"states": 60, "radius_km": (240.0,), "inflation": (1.0,), "thinning": 2},
        "profiles": {"length_km": (40.0, 60.0), "power": (2.0, 4.0)},
        "cases": 2,
    },
    "evaluate": {"densities": (0.0, 0.05), "cases": 3},
}


@pytest.fixture(scope="module")
def made(tmp_path_factory):
    """The configuration, the store, and the folder of tuned methods."""
    folder = tmp_path_factory.mktemp("densify")
    settings = config(folder, **OWN)
    write_store(folder / "densify.nc", samples(), "test")
    tune_baselines(settings, folder / "baselines")
    return settings, Waters.open(folder / "densify.nc"), folder / "baselines"


@pytest.fixture(scope="module")
def methods(made):
    return {method.name: method for method in classical_methods(made[2])}


@pytest.fixture(scope="module")
def region(methods):
    return methods["ridge_oi"].regions[0]


@pytest.fixture(scope="module")
def board(made, region):
    settings, store, _ = made
    every = cases(settings, store, "test", {"box": region.climate})
    return [case for case in every if case.variable == "thetao"]


def rmse(method, asked):
    squares = [
        np.mean((method.analyse(c.problem, 0, 0).mean - c.truth)[:, OCEAN] ** 2, axis=1)
        for c in asked
    ]
    return np.sqrt(np.mean(squares, axis=0))


def test_the_modes_of_the_region_are_found(region):
    space = np.linalg.qr(MODES / region.climate.std[:8, None])[0]
    inside = space.T @ region.modes.vectors[:, :2]
    assert np.linalg.svd(inside, compute_uv=False).min() > 0.999
    columns = region.modes.vectors
    np.testing.assert_allclose(columns.T @ columns, np.eye(columns.shape[1]), atol=1e-5)


def test_the_regression_is_that_of_least_squares_on_the_training_states(made, region):
    _, store, _ = made
    states = store.states("train", "box")
    anomalies = region.climate.anomalies(states.values, states.days)
    x = np.stack(
        [
            predictors(dict(zip(("tos", "sos", "zos"), each[8:], strict=True)), OCEAN, day)
            for each, day in zip(anomalies, states.days, strict=True)
        ]
    )[..., OCEAN]
    c = region.modes.coefficients(anomalies[:, :8])[..., OCEAN]
    given = chosen(LOCAL, {"tos": 0, "zos": 0})
    x = np.moveaxis(x - x.mean(axis=(0, 2), keepdims=True), 1, 0).reshape(len(ALL), -1)[given]
    c = np.moveaxis(c, 1, 0).reshape(c.shape[1], -1)
    ridge = 1e-2 * np.mean(x**2, axis=1)
    expected = c @ x.T / x.shape[1] @ np.linalg.inv(x @ x.T / x.shape[1] + np.diag(ridge))
    np.testing.assert_allclose(region.regression(given, 1e-2), expected, atol=2e-4)


def test_predictors_of_absent_fields_are_not_used():
    assert {ALL[i].field for i in chosen(MULTISCALE, {"sos": 0})} == {"sos"}
    assert not len(chosen(MULTISCALE, {}))
    made = predictors({"zos": np.ones(SHAPE, np.float32)}, OCEAN, np.datetime64("2005-01-01"))
    for row, each in zip(made, ALL, strict=True):
        assert not row[~OCEAN].any()
        if each.field != "zos":
            assert not row.any()
        elif each.season != 2:  # 1 January: a cosine of 1 and a sine of 0
            np.testing.assert_allclose(row[OCEAN], 1, rtol=1e-5)


def test_synthetic_profiles_and_their_oi_are_the_dense_formulas(region, board):
    """ARMOR3D by cells and levels: prior mean B x, prior covariance E C Eᵀ + what modes lose."""
    case = next(c for c in board if c.protocol == "columns" and c.density)
    method = SurfaceOI([region], "armor3d", ridge=1e-2, radius=2.5, kernel=True)
    found = method.analyse(case.problem, 0, 0)
    given = chosen(LOCAL, case.problem.covariates)
    b = region.regression(given, 1e-2)
    x = region.predictors(case.problem)[given].reshape(len(given), -1)
    e, k = region.modes.vectors.astype(float), region.count
    (seen,) = case.problem.observations
    channel, cell = np.divmod(seen.operator.index, OCEAN.size)
    normal = region.climate.mean(case.problem.time)[:8].reshape(8, -1)
    std = region.climate.std[:8]
    d = (seen.y - normal[channel, cell]) / std[channel] - (e @ b @ x)[channel, cell]
    variance = np.diag(region.residual(given, b).here)
    y, z = np.divmod(np.arange(OCEAN.size), SHAPE[1])
    distance = np.hypot(y[:, None] - y, z[:, None] - z)
    kernel = np.exp(-(distance**2) / (2 * 2.5**2))
    rows = np.zeros((len(d), k))
    rows[:] = e[channel]
    h = kernel[np.ix_(cell, cell)] * ((rows * variance) @ rows.T)
    s = h + np.diag((seen.s_y / std[channel]) ** 2 + region.modes.lost[channel] + 1e-6)
    weights = np.linalg.solve(s, d)
    moved = np.einsum("k,gp,pk,p->kg", variance, kernel[:, cell], rows, weights)
    expected = normal + std[:, None] * (e @ (b @ x + moved))
    np.testing.assert_allclose(
        found.mean[:, OCEAN], expected[:, OCEAN.ravel()], atol=2e-2 * float(std.max())
    )


def test_columns_seen_in_part_say_what_their_levels_say(region, board):
    case = next(c for c in board if c.density)
    (seen,) = case.problem.observations
    shallow = seen.operator.index // OCEAN.size % 4 < 2
    few = Observed(
        Cells(seen.operator.shape, seen.operator.index[shallow]), seen.y[shallow], seen.s_y[shallow]
    )
    problem = type(case.problem)(**{**vars(case.problem), "observations": (few,)})
    part, whole = (columns_of(p, region.climate, region.modes) for p in (problem, case.problem))
    np.testing.assert_array_equal(part.place, whole.place)
    left = np.isfinite(part.anomaly)
    assert left.sum() == part.anomaly.size / 2
    np.testing.assert_allclose(part.anomaly[left], whole.anomaly[left])
    rest = whole.information - part.information
    assert np.linalg.eigvalsh(rest).min() > -1e-8


def test_more_is_known_with_surfaces_and_with_columns(methods, board):
    of = lambda protocol, density: [
        c for c in board if (c.protocol, c.density) == (protocol, density)
    ]
    nothing, dense, alone = of("columns", 0.0), of("columns", 0.05), of("profiles alone", 0.025)
    climatology = rmse(methods["climatology"], dense)
    for name in ("ridge_oi", "armor3d", "ensemble_oi", "oi", "inverse_distance"):
        assert (rmse(methods[name], dense)[:4] < 0.97 * climatology[:4]).all(), name
    for name in ("ridge_oi", "armor3d", "ensemble_oi", "gem"):
        assert rmse(methods[name], nothing)[2] < 0.8 * rmse(methods["climatology"], nothing)[2], (
            name
        )
    best = rmse(methods["ridge_oi"], dense)
    assert best[2] < rmse(methods["ridge_oi"], nothing)[2]
    assert best[2] < 1.05 * min(rmse(m, dense)[2] for m in methods.values())
    np.testing.assert_allclose(rmse(methods["oi"], nothing), rmse(methods["climatology"], nothing))
    assert rmse(methods["ridge_oi"], alone)[2] < rmse(methods["climatology"], alone)[2]


@pytest.mark.parametrize("name", ["climatology", "oi", "armor3d", "ridge_oi", "gem", "ensemble_oi"])
def test_spread_is_about_as_large_as_errors(methods, board, name):
    asked = [c for c in board if c.protocol == "columns"]
    squares, variances = [], []
    for case in asked:
        answer = methods[name].analyse(case.problem, 0, 0)
        squares.append(np.mean((answer.mean - case.truth)[:8, OCEAN] ** 2, axis=1))
        variances.append(np.mean(answer.std[:8, OCEAN] ** 2, axis=1))
        assert np.isnan(answer.mean[:, ~OCEAN]).all()
    ratio = np.sqrt(np.mean(variances, axis=0) / np.mean(squares, axis=0))
    assert 0.7 < ratio[2] < 1.4


def test_members_differ_about_the_mean_as_the_spread_says(methods, board):
    case = next(c for c in board if c.density == 0.05)
    for name in ("ridge_oi", "oi"):
        stating = replace(methods[name], spread=True)
        answer = stating.analyse(case.problem, 200, 1)
        anomalies = (answer.members - answer.mean)[..., OCEAN]
        ratio = anomalies.std(axis=(0, 2)) / np.sqrt(np.mean(answer.std[:, OCEAN] ** 2, axis=1))
        np.testing.assert_allclose(ratio[:3], 1, atol=0.12)
        alone = replace(methods[name], spread=False).analyse(case.problem, 200, 1)
        assert alone.std is None
        np.testing.assert_array_equal(answer.members[:2], alone.members[:2])


def test_a_distance_of_0_counts_most(region, board):
    case = next(c for c in board if c.density == 0.05)
    answer = InverseDistance([region], 8.0).analyse(case.problem, 0, 0)
    (seen,) = case.problem.observations
    np.testing.assert_allclose(seen.operator(answer.mean), seen.y, atol=0.2)


def test_what_is_known_of_a_region_is_kept_and_refused_when_damaged(made, region, tmp_path):
    region.save(tmp_path / "x.safetensors")
    again = Linear.load(tmp_path / "x.safetensors")
    np.testing.assert_array_equal(again.joint.values, region.joint.values)
    np.testing.assert_array_equal(again.climate.coefficients, region.climate.coefficients)
    assert again.digest == region.digest
    (tmp_path / "x.safetensors").write_bytes(b"none")
    with pytest.raises(BadFile, match="dvc repro"):
        Linear.load(tmp_path / "x.safetensors")
    with pytest.raises(BadFile, match="tuned"):
        classical_methods(tmp_path)


def test_a_problem_on_another_grid_is_refused(methods, board):
    from dataclasses import replace

    from thermocline.ocean.latlon import LatLonGrid

    other = replace(board[0].problem, grid=LatLonGrid(np.arange(20.0), np.arange(24.0)))
    with pytest.raises(BadData, match="grid"):
        methods["ridge_oi"].analyse(other, 0, 0)


def test_settings_are_chosen_among_the_candidates(made):
    tuned = json.loads((made[2] / "tuned.json").read_text())
    assert tuned["inverse_distance"]["power"] in (2.0, 4.0)
    assert tuned["ridge_oi"]["radius"] == 12.0 and tuned["ridge_oi"]["inflation"] in (1.0, 1.2)
    assert tuned["ridge_oi"]["crps"] < tuned["oi"]["crps"]


def test_a_run_can_be_left_out(made, region):
    _, store, _ = made
    states = store.states("train", "box")
    less = fitted(store, "box", states.chosen(states.run != "r1"), 0.995)
    assert less.count == region.count
    assert not np.array_equal(less.joint.values, region.joint.values)
    np.testing.assert_allclose(less.joint.here[0, 0], region.joint.here[0, 0], rtol=0.3)

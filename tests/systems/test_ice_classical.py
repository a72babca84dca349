"""Classical methods of sea ice against closed forms."""

from dataclasses import replace
from types import SimpleNamespace

import ice_world
import numpy as np
import pytest

from thermocline.ocean.operators import Cells
from thermocline.ocean.problem import Analysis, Observed
from thermocline.systems.seaice.baselines.anamorphosis import Anamorphosis
from thermocline.systems.seaice.baselines.ensemble import Ensemble, picked
from thermocline.systems.seaice.baselines.library import Library
from thermocline.systems.seaice.baselines.methods import (
    AnamorphosedOI,
    Climatology,
    EnsembleOI,
    NearestNeighbour,
)
from thermocline.systems.seaice.baselines.parametric import ParametricOI, statistics_of
from thermocline.systems.seaice.data.cases import observe, problem, swath, tracks
from thermocline.systems.seaice.data.physics import (
    CONCENTRATION,
    THICKNESS,
    enforced,
    enforced_draws,
)
from thermocline.systems.seaice.data.raw import ICE
from thermocline.systems.seaice.data.states import States
from thermocline.systems.seaice.evaluation.score import edge_scores

DAY = np.datetime64("2002-03-15", "D")


@pytest.fixture(scope="module")
def library():
    months = np.tile(np.arange(1, 13), 20)
    states = [ice_world.state(np.random.default_rng(k), month) for k, month in enumerate(months)]
    values = np.stack([[np.nan_to_num(s[v.name]) for v in ICE] for s in states])
    ocean = np.isfinite(states[0]["siconc"])
    member = np.arange(len(months)) % 2
    return Library.of(values, months, member, ocean, dict(ice_world.GRID.describe()))


@pytest.fixture
def truth(library):
    found = ice_world.state(np.random.default_rng(999), 3)
    return np.stack([np.nan_to_num(found[v.name]) for v in ICE])


def asked(library, truth, density=0.3):
    from thermocline.systems.seaice.config.data import IceData

    seen = observe(truth, library.ocean, density, IceData(), np.random.default_rng(1))
    return problem(ice_world.GRID, library.ocean, DAY, seen, "truth/2002-03-15")


def test_states_are_held_within_a_step_and_open_water_exactly(library):
    states = library.states(np.arange(len(library.codes)))
    again = ice_world.state(np.random.default_rng(0), 1)
    for channel, variable in enumerate(ICE):
        error = np.abs(states[0, channel] - again[variable.name][library.ocean])
        assert error.max() <= 0.51 * float(library.step[channel, 0])
    assert (states[:, CONCENTRATION][states[:, CONCENTRATION] < 1e-6] == 0).all()


def test_seasons_go_round_the_year(library):
    assert set(library.month[library.season(1, 1)]) == {12, 1, 2}
    others = library.chosen(library.independent(0, 2000))
    assert set(others.member) == {1} and len(others.codes) == 120
    assert library.chosen(library.independent(2, 2000)) is library


def single(library, years, per_month=1):
    """The library as one member's, of so many years from 2000."""
    count = 12 * years * per_month
    parts = {name: getattr(library, name)[:count] for name in ("codes", "month")}
    year = 2000 + np.arange(count) // (12 * per_month)
    return replace(library, **parts, member=np.zeros(count, int), year=year)


@pytest.mark.parametrize(
    ("years", "year", "left_out"),
    [
        (20, 2000, range(2000, 2005)),  # the first block, and a year beside it
        (20, 2009, range(2007, 2013)),
        (20, 2030, []),
        (20, 2020, [2019]),
        (3, 2001, [2001]),  # without those beside it too few were left
        (2, 2001, []),
    ],
)
def test_a_state_of_a_single_member_is_analysed_without_the_years_around(
    library, years, year, left_out
):
    own = single(library, years)
    kept = own.independent(0, year)
    assert set(own.year[~kept]) == set(left_out)
    assert own.independent(1, year).all()
    assert len(own.chosen(kept).codes) == len(own.chosen(kept).year) == kept.sum()


def test_an_ensemble_without_years_is_read_and_keeps_all_of_a_single_member(library, tmp_path):
    dated = single(library, 4)
    for own in (dated, replace(dated, year=None)):
        Ensemble(own, 3000, 1, 1.2).save(tmp_path / "e.safetensors")
        again = Ensemble.load(tmp_path / "e.safetensors")
        assert again.digest == Ensemble(own, 3000, 1, 1.2).digest
        assert again.library.independent(0, 2001).all() == (own.year is None)


@pytest.mark.parametrize("kind", [EnsembleOI, AnamorphosedOI, Climatology])
def test_a_member_is_of_its_number_and_seed_alone(library, truth, kind):
    method, case = kind(Ensemble(library, 3000, 1, 1.3)), asked(library, truth)
    states = len(library.season(3, 1))
    few, more, many = (method.analyse(case, m, 5).members for m in (4, 8, 2 * states))
    np.testing.assert_allclose(few, more[:4], atol=1e-3)
    np.testing.assert_allclose(more, many[:8], atol=1e-3)
    assert np.abs(method.analyse(case, 4, 6).members - few).max() > 0.1


def test_each_state_is_drawn_once_before_any_is_drawn_again():
    assert sorted(picked(7, 7, 3)) == list(range(7))
    assert set(picked(7, 40, 3)[7:]) == set(range(7))
    assert picked(7, 0, 3).shape == (0,)


def test_the_posterior_is_bayes_rule(library, truth):
    """With covariances that reach everywhere: B from the states, and the textbook formula."""
    ensemble = Ensemble(library, 1e7, 1, 1.3)
    found = EnsembleOI(ensemble).posterior(asked(library, truth), 4, 0)
    states = library.states(library.season(3, 1)).astype(np.float64)
    n, _c, s = states.shape
    flat = states.reshape(n, -1)
    x = flat - flat.mean(axis=0)
    b = 1.3 * x.T @ x / (n - 1)
    channel, cell, y, s_y = ensemble.seen(asked(library, truth))
    at = channel * s + cell
    gain = b[:, at] @ np.linalg.inv(b[np.ix_(at, at)] + np.diag(s_y**2))
    mean = flat.mean(axis=0) + gain @ (y - flat.mean(axis=0)[at])
    variance = np.diag(b - gain @ b[at])
    np.testing.assert_allclose(found.mean.ravel(), mean, atol=2e-3)
    np.testing.assert_allclose(found.std.ravel() ** 2, variance, atol=2e-3)


@pytest.mark.parametrize("inflation", [1.0, 2.5])
def test_draws_scatter_as_the_posterior_says(library, truth, inflation):
    ensemble = EnsembleOI(Ensemble(library, 3000, 1, inflation))
    found = ensemble.posterior(asked(library, truth), 60, 0)
    spread = found.draws.std(axis=0, ddof=1)[THICKNESS]
    assert spread.mean() == pytest.approx(found.std[THICKNESS].mean(), rel=0.25)


def test_observations_on_land_and_of_other_times_are_left_out(library, truth):
    land = np.flatnonzero(~library.ocean)[:2]
    index = CONCENTRATION * library.ocean.size + land
    of_land = Observed(Cells((5, 16, 16), index), np.ones(2), np.full(2, 0.1))
    later = Observed(Cells((5, 16, 16), np.array([0])), np.ones(1), np.full(1, 0.1), lag=1)
    both = problem(ice_world.GRID, library.ocean, DAY, (of_land, later))
    assert Ensemble(library, 3000, 1, 1.0).seen(both)[0].size == 0
    found = EnsembleOI(Ensemble(library, 3000, 1, 1.0)).analyse(both, 3, 0)
    states = library.states(library.season(3, 1))
    fields = found.mean[:, library.ocean]
    np.testing.assert_allclose(fields, states.mean(axis=0).clip(-2, 15), atol=1e-4)


def test_the_transform_comes_back_and_keeps_bounds(library):
    transform = Anamorphosis.of(library, 3)
    states = library.states(library.season(3, 1))
    z = transform.states(states)
    back = transform.values(z)
    bound = states[:, CONCENTRATION] == 0
    assert (back[:, CONCENTRATION][bound] == 0).all()
    inside = (states > 0.02) & (states < 0.98)
    np.testing.assert_allclose(back[inside], states[inside], atol=0.02)
    interior = z[:, THICKNESS][states[:, THICKNESS] > 0.05]
    order = np.argsort(states[:, THICKNESS][states[:, THICKNESS] > 0.05])
    assert (np.diff(interior[order]) >= -1e-6).all()


def test_moments_of_the_transform_are_those_of_draws(library):
    transform = Anamorphosis.of(library, 3)
    mean = np.full((5, 3), 0.4, np.float32)
    std = np.full((5, 3), 0.5, np.float32)
    first, second = transform.moments(mean, std)
    draws = transform.values(
        mean + std * np.random.default_rng(0).standard_normal((40_000, 5, 3)).astype("f4")
    )
    np.testing.assert_allclose(first, draws.mean(axis=0), rtol=0.03, atol=0.01)
    np.testing.assert_allclose(second, draws.std(axis=0), rtol=0.08, atol=0.01)


def test_methods_obey_physics_and_observations_help(library, truth):
    ensemble = Ensemble(library, 3000, 1, 1.0)
    case = asked(library, truth)
    errors = {}
    for method in (
        Climatology(ensemble),
        NearestNeighbour(ensemble),
        EnsembleOI(ensemble),
        AnamorphosedOI(ensemble),
    ):
        answer = method.analyse(case, 6, 0)
        errors[method.name] = np.abs(answer.mean - truth)[CONCENTRATION][library.ocean].mean()
        if answer.members is not None:
            np.testing.assert_array_equal(answer.members, enforced(answer.members))
            assert answer.members.shape == (6, 5, 16, 16)
    assert errors["ensemble_oi_clipped"] < 0.7 * errors["climatology"]
    assert errors["ensemble_oi_anamorphosed"] < 0.7 * errors["climatology"]


def test_the_ensemble_oi_as_it_is_shares_what_the_clipped_one_found(library, truth, monkeypatch):
    case, clipped = asked(library, truth), EnsembleOI(Ensemble(library, 3000, 1, 1.0))
    alone = EnsembleOI(clipped.ensemble, clipped=False).analyse(case, 6, 0)
    clipped.analyse(case, 6, 0)
    monkeypatch.setattr(EnsembleOI, "posterior", None)
    shared = clipped.unclipped.analyse(case, 6, 0)
    for name in ("mean", "std", "members"):
        np.testing.assert_array_equal(getattr(shared, name), getattr(alone, name))
    assert shared.seconds > 0


def test_oi_of_one_observation_is_the_mean_of_two_knowledges(library):
    """x̄ + σ²/(σ² + s²)·(y − x̄) where it was observed; other variables keep their climatology."""
    tuned = {"lengths_km": [500] * 5, "error_factors": [1] * 5, "kernels": ["matern32"] * 5}
    statistics = statistics_of(library)
    mean, std = statistics.climatology[DAY.astype(object).month - 1], statistics.std
    inside = library.ocean & (np.abs(mean[CONCENTRATION] - 0.5) < 0.3)
    cell = np.flatnonzero(inside)[0]
    at = CONCENTRATION * library.ocean.size + cell
    x, d = (float(field.ravel()[at]) for field in (mean, std))
    seen = Observed(Cells((5, 16, 16), np.array([at])), np.array([x + 0.1]), np.array([0.2]))
    case = problem(ice_world.GRID, library.ocean, DAY, (seen,))
    found = ParametricOI.of(library, tuned).analyse(case, 4, 0)
    gain = d**2 / (d**2 + 0.2**2)
    assert found.mean.ravel()[at] == pytest.approx(x + gain * 0.1, abs=1e-5)
    assert found.std.ravel()[at] == pytest.approx(d * np.sqrt(1 - gain), rel=1e-4)
    np.testing.assert_allclose(found.mean[THICKNESS], mean[THICKNESS], atol=1e-6)
    assert found.members is None


def test_scores_of_the_edge(library, truth):
    """Right: nothing is wrong. A point estimate: its probability score is its edge error."""
    area, ocean = np.full(library.ocean.shape, 1e4), library.ocean
    answer = lambda mean, members=None: Analysis(mean, None, members)
    right = edge_scores(answer(truth), truth[CONCENTRATION], area, ocean)
    assert right["edge"] == right["wrong"] == right["sps"] == right["fss_error"] == 0
    found = edge_scores(answer(0 * truth), truth[CONCENTRATION], area, ocean)
    ice = (truth[CONCENTRATION] >= 0.15) & ocean
    assert found["edge"] == found["sps"] == pytest.approx(ice.sum() / 100)
    assert found["fss_error"] == found["fss_reference"]  # nothing of it was found
    half = answer(truth, np.stack([truth, truth, 0 * truth, 0 * truth]))
    fair = edge_scores(half, truth[CONCENTRATION], area, ocean)["sps"]
    assert fair == pytest.approx(ice.sum() / 100 * (0.25 - 0.25 / 3))


def test_saved_and_read_it_answers_the_same(library, truth, tmp_path):
    ensemble = Ensemble(library, 3000, 1, 1.2)
    ensemble.save(tmp_path / "e.safetensors")
    again = Ensemble.load(tmp_path / "e.safetensors")
    one, other = (EnsembleOI(e).analyse(asked(library, truth), 2, 5) for e in (ensemble, again))
    np.testing.assert_array_equal(one.members, other.members)


@pytest.mark.parametrize("density", [0.02, 0.3])
def test_layouts_are_of_the_sea_and_of_the_share_that_was_asked(library, density):
    rng = np.random.default_rng(0)
    for layout in (swath, tracks):
        cells = layout(library.ocean, density, rng)
        assert library.ocean.ravel()[cells].all()
        assert len(cells) == len(set(cells)) == round(density * library.ocean.sum())


def test_enforcement():
    state = np.zeros((5, 1, 3))
    state[THICKNESS] = [[-1, 2, 0.5]]
    state[CONCENTRATION] = [[0.5, 1.2, 0.001]]
    state[2:] = 0.3
    found = enforced(state)
    assert (found[:, 0, 0] == 0).all() and (found[:, 0, 2] == 0).all()
    assert found[CONCENTRATION, 0, 1] == 1 and found[2, 0, 1] == np.float32(0.3)
    # A decoder's concentration without thickness is thin ice; its thickness alone is none.
    state[:2, 0] = [[-1, 2, 0.5], [0.5, 1.2, -0.1]]
    drawn = enforced_draws(state)
    assert drawn[:, 0, 0] == pytest.approx([0.01, 0.5, 0.3, 0.3, 0.3])
    assert (drawn[:, 0, 2] == 0).all()
    np.testing.assert_array_equal(enforced(drawn), drawn)


@pytest.mark.parametrize("kind", [EnsembleOI, AnamorphosedOI])
def test_draws_alone_are_the_members_of_the_answer(library, truth, kind):
    method, case = kind(Ensemble(library, 3000, 1, 1.0)), asked(library, truth)
    np.testing.assert_array_equal(method.draws(case, 4, 7), method.analyse(case, 4, 7).members)


def test_means_over_the_sea_are_by_area():
    area, ocean = np.array([[1.0, 3.0], [5.0, 7.0]]), np.array([[True, True], [True, False]])
    store = SimpleNamespace(ocean=ocean, grid=SimpleNamespace(cell_area=lambda: area))
    fields = np.array([[[9.0, 0.0], [0.0, np.nan]], [[0.0, 3.0], [0.0, np.nan]]])
    np.testing.assert_allclose(States.over_sea(store, fields), [1.0, 1.0])

"""States of regions: what a store holds, what is normal for a day, patches, cases."""

import numpy as np
import pytest

from densify_world import DEPTH, GRID, MEAN, MODES, OCEAN, config, samples
from thermocline.errors import BadData, BadFile
from thermocline.ocean.operators import Cells
from thermocline.prepare.writer import write_store
from thermocline.systems.densify.data import cases as of_cases
from thermocline.systems.densify.data.cases import cases, profile_error, protocols
from thermocline.systems.densify.data.climate import Climate, harmonics
from thermocline.systems.densify.data.patches import patches
from thermocline.systems.densify.data.waters import Waters


@pytest.fixture(scope="module")
def store(tmp_path_factory):
    path = tmp_path_factory.mktemp("store") / "densify.nc"
    write_store(path, samples(), "test")
    return Waters.open(path)


@pytest.fixture(scope="module")
def climate(store):
    states = store.states("train", "box")
    return Climate.of(np.nan_to_num(states.values), states.days, OCEAN)


def test_states_are_channels_by_variable_and_depth_then_the_surface(store):
    states = store.states("test", "box")
    first = next(s for s in samples() if s.name == states.names[0])
    assert states.values.shape == (8, 11, *GRID.shape)
    expected = [
        *first.fields["thetao"],
        *first.fields["so"],
        *map(first.fields.get, ("tos", "sos", "zos")),
    ]
    np.testing.assert_allclose(states.values[0], expected, atol=1.1e-3)
    assert [c.depth for c in store.channels] == [*DEPTH, *DEPTH]
    assert set(states.run) == {"truth", "shifted"}
    assert len(store.states("train", "box", 7).days) == 7
    np.testing.assert_array_equal(store.ocean("box")[3], OCEAN)


def test_another_store_is_refused(tmp_path):
    from ice_states import GRID as ICE_GRID
    from ice_states import ICE, state
    from thermocline.prepare.sample import Group, Layout, Sample

    group = Group("arctic", {v.name: Layout(v, ICE_GRID) for v in ICE})
    fields = state(np.random.default_rng(0), 3)
    day = np.datetime64("2003-03-01")
    write_store(tmp_path / "x.nc", [Sample("r1/2003-03-01", "train", day, group, fields)], "test")
    with pytest.raises(BadFile, match="regions"):
        Waters.open(tmp_path / "x.nc")


def test_a_climate_of_harmonics_is_found_exactly():
    days = np.datetime64("2003-01-01") + 7 * np.arange(104)
    rng = np.random.default_rng(0)
    true = rng.standard_normal((5, 2, 1, 1)) * np.ones((5, 2, *OCEAN.shape))
    values = np.tensordot(harmonics(days), true, 1) * OCEAN
    found = Climate.of(values, days, OCEAN)
    np.testing.assert_allclose(found.mean(days[17]), values[17], atol=1e-5)
    assert found.std.max() <= 2e-3


def test_anomalies_have_mean_0_and_variance_1_over_training_states(store, climate):
    states = store.states("train", "box")
    anomalies = climate.anomalies(states.values, states.days)[..., OCEAN]
    np.testing.assert_allclose(anomalies.mean(axis=(0, 2)), 0, atol=0.02)
    np.testing.assert_allclose(anomalies.std(axis=(0, 2)), 1, atol=0.02)
    expected = np.sqrt((MODES**2).sum(axis=1))
    np.testing.assert_allclose(climate.std[:8], expected, rtol=0.25)
    winter, summer = (
        climate.mean(np.datetime64(d))[:8, OCEAN].mean(axis=1) for d in ("2005-01-01", "2005-07-02")
    )
    np.testing.assert_allclose((winter + summer) / 2, MEAN, atol=0.25)
    assert winter[0] - summer[0] == pytest.approx(8, abs=0.5)


@pytest.fixture(scope="module")
def board(store, climate, tmp_path_factory):
    own = {"evaluate": {"densities": (0.0, 0.05), "cases": 2}}
    return list(cases(config(tmp_path_factory.mktemp("x"), **own), store, "test", {"box": climate}))


def test_every_protocol_is_asked_for_both_variables(board):
    asked = {(case.protocol, case.density) for case in board}
    assert asked == set(protocols((0.0, 0.05), ("shifted",)))
    assert {case.variable for case in board} == {"thetao", "so"}
    assert len(board) == 2 * 2 * len(asked)


def test_a_case_gives_whole_columns_with_errors_and_the_surface_fields_of_its_protocol(
    board, climate
):
    from thermocline.systems.densify.config.data import ProfileErrors

    error = profile_error(ProfileErrors(), climate, 4)
    for case in board:
        given = set(case.problem.covariates)
        missing = {"tos", "sos", "zos"} - given
        assert missing == set(of_cases.withheld(case.protocol))
        assert ("shifted" in case.problem.case) == (case.protocol == "shifted")
        seen = case.problem.observations
        assert len(seen) == (case.density > 0)
        for each in seen:
            assert isinstance(each.operator, Cells)
            columns = each.operator.mask()
            assert (columns == columns[0]).all()
            assert columns[0].sum() == max(1, round(case.density * OCEAN.sum()))
            far = (each.y - each.operator(case.truth)) / each.s_y
            assert 0.4 < far.std() < 1.6 and np.abs(far).max() < 5
            np.testing.assert_allclose(np.unique(each.s_y), np.sort(error), rtol=1e-6)


def test_observations_depend_on_the_case_alone(board, store, climate, tmp_path):
    own = {"evaluate": {"densities": (0.0, 0.05), "cases": 2}}
    again = cases(config(tmp_path, **own), store, "test", {"box": climate}, [("tracks", 0.025)])
    for case in again:
        key = "tracks", case.problem.case, case.variable
        same = next(c for c in board if (c.protocol, c.problem.case, c.variable) == key)
        np.testing.assert_array_equal(
            same.problem.observations[0].y, case.problem.observations[0].y
        )


def test_patches_cover_a_region_overlap_and_leave_land_out():
    ocean = np.ones((100, 64), bool)
    ocean[:50] = False
    found = patches(ocean, 64, 48, 0.3)
    assert all(i.stop - i.start == 64 and j == slice(0, 64) for i, j in found)
    assert [1 - ocean[part].mean() <= 0.3 for part in found] == [True] * len(found)
    starts = [i.start for i, _ in patches(~ocean | True, 64, 48, 0.3)]
    assert starts[0] == 0 and starts[-1] == 36 and max(np.diff(starts)) <= 16
    with pytest.raises(BadData, match="land"):
        patches(ocean & False, 64, 48, 0.3)

"""Parts of the model of temperature and salinity that need no trained one."""

from types import SimpleNamespace

import numpy as np
import pytest
import torch

from thermocline.systems.densify.config.model import ShownConfig
from thermocline.systems.densify.data.climate import harmonics
from thermocline.systems.densify.model.calibrate import draws
from thermocline.systems.densify.model.calibration import AnswerParts, fitted
from thermocline.systems.densify.model.conditioning import Conditioning, context
from thermocline.systems.densify.model.loss import crps
from thermocline.systems.densify.model.objective import square_of
from thermocline.systems.densify.model.pairs import layout_of, shift_of
from thermocline.verify.metrics.probabilistic import crps_gaussian


def test_layouts_are_within_the_sea_and_the_shares():
    shown, rng = ShownConfig(tracks=0.5), np.random.default_rng(0)
    ocean = np.ones((40, 40), bool)
    ocean[:10] = False
    shares = np.array([layout_of(ocean, shown, rng)[ocean].mean() for _ in range(200)])
    assert not layout_of(ocean, shown, rng)[~ocean].any()
    assert 0.05 < (shares == 0).mean() < 0.25
    assert shares.max() <= 0.051


def test_shifts_are_smooth_profiles_of_the_size_that_is_asked_for():
    rng, std = np.random.default_rng(1), np.r_[np.full(12, 2.0), np.full(12, 0.1), 2.0, 0.1, 0.3]
    shown = ShownConfig(shifted=0.5, offset=0.4)
    drawn = np.array([shift_of(std, shown, rng) for _ in range(4000)])
    moved = drawn[np.abs(drawn).max(axis=1) > 0]
    assert abs(len(moved) / len(drawn) - 0.5) < 0.04
    np.testing.assert_allclose(moved[:, :24].std(axis=0) / std[:24], 0.4, rtol=0.15)
    np.testing.assert_allclose(moved[:, 24], moved[:, 0], rtol=1e-5)
    np.testing.assert_allclose(moved[:, 25], moved[:, 12], rtol=1e-5)
    assert not moved[:, 26].any()
    beside = np.corrcoef(moved[:, 0], moved[:, 1])[0, 1]
    assert np.exp(-1 / 32) - 0.05 < beside < 1


@pytest.mark.parametrize("position", ["unit_sphere", "sincos"])
def test_the_place_has_no_jump_at_the_date_line_and_none_at_new_year(position):
    empty = dict.fromkeys(Conditioning._fields, torch.zeros(2))
    place = torch.tensor([[40.0, 180.0], [40.0, -180.0]])
    season = torch.tensor(harmonics(np.array(["2004-12-31", "2005-01-01"], "M8[D]"))[:, 1:3])
    given = context(Conditioning(**(empty | {"place": place, "season": season.float()})), position)
    assert (given[0] - given[1]).abs().max() < 0.03


def test_the_gate_finds_the_factors_that_made_its_cases():
    """b is the error over 1.25 at even channels, noise at odd ones; members are twice too wide."""
    rng = np.random.default_rng(2)
    sea, scale = np.ones((2, 30, 30), bool), np.full((2, 30, 30), 0.5, np.float32)
    cases_ = []
    for _ in range(6):
        error, rest = rng.standard_normal((2, 30, 30)), rng.standard_normal((2, 30, 30))
        b = np.stack([error[0] / 1.25, rng.standard_normal((30, 30))])
        truth = scale * (error + np.stack([rest[0], 0 * rest[1]]))
        members = b + np.array([2.0, 1.0])[:, None, None] * rng.standard_normal((20, 2, 30, 30))
        cases_.append((0.02, truth, sea, AnswerParts(0 * scale, scale, b, members, 1)))
    gate = fitted(cases_)
    assert gate.density == (0.02,)
    np.testing.assert_allclose(gate.correction[0], [1.25, 0.0], atol=0.05)
    np.testing.assert_allclose(gate.spread[0], [0.5, 1.0], atol=0.03)


@pytest.mark.parametrize("count", [2, 4, 8])
def test_spreads_about_the_members_own_mean_are_those_of_the_truth(count):
    """Truth and members are draws of one Gaussian: members are as wide as they should be."""
    rng = np.random.default_rng(5)
    sea, scale = np.ones((1, 60, 60), bool), np.full((1, 60, 60), 0.5, np.float32)
    cases_ = []
    for _ in range(12):
        centre = 20 * rng.standard_normal((1, 60, 60))
        truth = scale * (centre + rng.standard_normal((1, 60, 60)))
        members = centre + rng.standard_normal((count, 1, 60, 60))
        drawn = AnswerParts(0 * scale, scale, members.mean(axis=0), members, 1, own=True)
        cases_.append((0.02, truth, sea, drawn))
    gate = fitted(cases_)
    np.testing.assert_allclose(gate.correction[0], 1, atol=0.01)
    np.testing.assert_allclose(gate.spread[0], 1, atol=0.03)


@pytest.mark.parametrize(("mean_fraction", "members", "count"), [(0, 1, 2), (0, 4, 4), (0.5, 1, 1)])
def test_about_their_own_mean_two_members_are_drawn_at_least(mean_fraction, members, count):
    settings = SimpleNamespace(
        sampling=SimpleNamespace(members=members),
        training=SimpleNamespace(mean_fraction=mean_fraction),
    )
    draw = lambda problem, members, seed, start: len(members)
    model = SimpleNamespace(settings=settings, draw=draw)
    leave_member_out = SimpleNamespace(of=lambda case: None)
    case = SimpleNamespace(problem=SimpleNamespace(case="box/r1/2003-01-01"))
    assert list(draws(model, leave_member_out, [case], 0)) == [count]


def test_the_loss_of_the_deviation_is_the_crps_of_a_gaussian():
    rng = np.random.default_rng(4)
    x, mean, std = rng.standard_normal(200), rng.standard_normal(200), rng.uniform(0.1, 3, 200)
    ours = crps(*(torch.from_numpy(each) for each in (x, mean, std))).numpy()
    np.testing.assert_allclose(ours, crps_gaussian(mean, std, x), rtol=1e-10)


def test_squares_are_within_the_field_and_every_place_is_drawn():
    generator = torch.Generator().manual_seed(0)
    starts = set()
    for _ in range(300):
        rows, columns = square_of((10, 6), 8, generator)
        assert rows.stop - rows.start == 8 and 0 <= rows.start <= 2
        assert columns.start == 0  # as much as there is
        starts.add(rows.start)
    assert starts == {0, 1, 2}


def test_factors_count_cells_by_their_area():
    """Truths of spread 1 in the large cells and of spread ½ in the small ones; members' is 1."""
    rng = np.random.default_rng(3)
    scale = np.full((1, 60, 60), 0.5, np.float32)
    area = np.where(np.arange(60) < 30, 3.0, 1.0)[None, :, None] * np.ones(scale.shape)
    wide = np.where(area > 1, 1.0, 0.5)
    cases_ = []
    for _ in range(6):
        truth = scale * wide * rng.standard_normal(scale.shape)
        members = rng.standard_normal((8, *scale.shape))
        cases_.append((0.02, truth, area, AnswerParts(0 * scale, scale, 0 * scale, members, 1)))
    expected = np.sqrt((3 * 1 + 1 * 0.25) / 4)
    np.testing.assert_allclose(fitted(cases_).spread[0], expected, rtol=0.02)

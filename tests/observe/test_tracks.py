"""Curved tracks: as many cells as asked for, never on land, straight without turning."""

import numpy as np
import pytest

from thermocline.errors import BadData
from thermocline.observe.tracks import curved_tracks

OCEAN = np.ones((48, 64), bool)
OCEAN[:20, :30] = False


@pytest.mark.parametrize("density", [0.0, 0.005, 0.05, 0.3])
def test_the_share_of_the_sea_is_met_exactly_and_land_is_left_out(density):
    found = curved_tracks(OCEAN, density, np.random.default_rng(0))
    assert found.sum() == round(density * OCEAN.sum())
    assert not found[~OCEAN].any()


def test_without_turning_a_track_is_a_straight_line_measured_at_its_stride():
    sea = np.ones((200, 200), bool)
    for seed in range(5):
        found = curved_tracks(sea, 8 / sea.size, np.random.default_rng(seed), turn=0, stride=(3, 3))
        y, x = (axis - axis.mean() for axis in np.nonzero(found))
        _, (_, across), along = np.linalg.svd(np.stack([y, x]).T, full_matrices=False)
        if np.hypot(y, x).max() < 15:  # all on one track
            assert across < 1.5
            ordered = np.sort(along[0] @ np.stack([y, x]))
            np.testing.assert_allclose(np.diff(ordered), 3, atol=1.5)


def test_headings_turn_as_the_noise_and_its_momentum_say():
    """The angle between the first and the last step grows with σ."""
    sea = np.ones((400, 400), bool)

    def straightness(turn):
        found = []
        for seed in range(12):
            cells = curved_tracks(
                sea, 30 / sea.size, np.random.default_rng(seed), turn=turn, stride=(1, 1)
            )
            y, x = (axis - axis.mean() for axis in np.nonzero(cells))
            parts = np.linalg.svd(np.stack([y, x]), compute_uv=False)
            found.append(parts[1] / parts[0])
        return np.median(found)

    assert straightness(0.0) < 0.06 < straightness(0.12)


def test_a_share_beyond_1_is_refused():
    with pytest.raises(BadData, match="a share"):
        curved_tracks(OCEAN, 1.5, np.random.default_rng(0))

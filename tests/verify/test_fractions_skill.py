"""Fractions skill of displaced stripes, and land that is left out."""

import numpy as np
import pytest

from thermocline.errors import BadData
from thermocline.verify.metrics.fractions_skill import fractions_errors

OCEAN = np.ones((30, 60), bool)
WINDOWS = (1, 3, 5, 9)


def fractions_skill(*given) -> np.ndarray:
    error, reference = fractions_errors(*given)
    return 1 - error / reference


def stripe(column: int) -> np.ndarray:
    field = np.zeros((30, 60))
    field[:, column] = 1
    return field


def test_the_same_field_is_perfect_at_every_scale():
    field = np.random.default_rng(0).random((3, 30, 60)) < 0.3
    np.testing.assert_array_equal(fractions_skill(field, field, OCEAN, WINDOWS), np.ones((3, 4)))


@pytest.mark.parametrize("displacement", [1, 2, 4])
def test_a_displaced_stripe(displacement):
    skill = fractions_skill(stripe(30 + displacement), stripe(30), OCEAN, WINDOWS)
    expected = np.maximum(0, 1 - displacement / np.array(WINDOWS))
    np.testing.assert_allclose(skill, expected, atol=1e-12)


def test_land_is_not_read_and_its_cells_do_not_count():
    ocean = OCEAN.copy()
    ocean[:, 33:] = False
    full = np.where(ocean, 1.0, np.nan)
    # Where the sea is covered the share is 1, also at the coast: half the sea, half the skill.
    half = full.copy()
    half[:15] = 0
    error, reference = fractions_errors(half, full, ocean, [1])
    assert error == pytest.approx(15 * 33) and reference == pytest.approx(45 * 33)
    np.testing.assert_array_equal(fractions_skill(full, full, ocean, WINDOWS), np.ones(4))
    one, other = fractions_errors(full, np.zeros_like(full), ocean, WINDOWS)
    np.testing.assert_allclose(one, ocean.sum())
    np.testing.assert_allclose(other, ocean.sum())


def test_weights():
    field, truth = np.zeros((30, 60)), np.zeros((30, 60))
    truth[0, 0] = truth[5, 5] = field[5, 5] = 1
    weight = np.ones((30, 60))
    weight[0, 0] = 2
    assert fractions_skill(field, truth, OCEAN, [1], weight) == pytest.approx(1 - 2 / 4)


def test_empty_fields_and_refusals():
    empty = np.zeros((30, 60))
    assert not np.any(fractions_errors(empty, empty, OCEAN, [3]))
    with pytest.raises(BadData, match="windows"):
        fractions_errors(empty, empty, OCEAN, [2])
    with pytest.raises(BadData, match="outside"):
        fractions_errors(empty + 2, empty, OCEAN, [3])
    with pytest.raises(BadData, match="missing"):
        fractions_errors(empty * np.nan, empty, OCEAN, [3])

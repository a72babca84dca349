"""Whether an answer agrees with its observations, in closed form."""

import numpy as np
import pytest
import torch

from thermocline.systems.seaice.model.agreement import agreement
from thermocline.systems.seaice.model.posterior import Censored
from thermocline.systems.seaice.model.scaling import Scaling

THICKNESS, CONCENTRATION = 0, 1


def judged(channel, misfit, s_y=0.3, s_x=0.4):
    """Answers with errors of 0.5 in all, so that d is twice the misfit."""
    misfit = np.asarray(misfit, float)
    full = lambda value: np.full(len(misfit), value)
    return agreement(np.asarray(channel), misfit, full(s_y), full(0.0), full(s_x))


def test_a_variable_s_uncertainty_is_multiplied_by_how_far_its_observations_lie():
    """80 observations of thickness at d = 3 and 20 of concentration at d = 1 / 2."""
    found = judged([THICKNESS] * 80 + [CONCENTRATION] * 20, [1.5] * 80 + [0.25] * 20)
    most = lambda count: count + 2 * np.sqrt(2 * count) + 10
    thick, all_of_them = np.sqrt(730 / most(80)), np.sqrt((80 * 9 + 20 / 4 + 10) / most(100))
    np.testing.assert_allclose(found.factor, [thick, 1, *[all_of_them] * 3])
    np.testing.assert_allclose(found.distance, [3, 0.5, *[np.nan] * 3])
    assert found.of_all == pytest.approx((np.sqrt((80 * 9 + 5) / 100), all_of_them))
    (said,) = found.words()
    assert "of sithick lie 3.0 expected errors" in said and said.endswith("multiplied by 2.5")
    assert found.as_numbers()["uncertainty_factor_sithick"] == pytest.approx(thick, abs=1e-4)
    assert "uncertainty_factor_damage" not in found.as_numbers()


@pytest.mark.parametrize("misfit", [0.0, 0.25, 0.5])
def test_an_answer_that_follows_its_observations_stays_as_it_is(misfit):
    found = judged([CONCENTRATION] * 50, [misfit] * 50)
    assert found.is_full and not found.words()
    assert found.as_numbers()["uncertainty_factor"] == 1


def test_open_water_where_the_answer_is_certain_of_it_agrees():
    found = judged([CONCENTRATION] * 50, [0.0] * 50, s_x=0.0)
    assert found.is_full and found.of_all[0] == 0


def test_few_observations_say_little():
    one, many = (judged([CONCENTRATION] * n, [1.5] * n).factor[CONCENTRATION] for n in (1, 1000))
    assert one == pytest.approx(np.sqrt(19 / (11 + 2 * np.sqrt(2)))) and 2.8 < many < 3


def test_a_sum_that_chance_allows_changes_nothing():
    """Of 21 observations d² is 1.4 on average: 1.3 standard deviations of their sum above 21."""
    assert judged([THICKNESS] * 21, [0.5 * np.sqrt(1.4)] * 21).is_full


def test_what_is_widened_keeps_its_mean_and_its_members_theirs():
    """Of 0.9 of ice, 2.5 times as uncertain, more lies on the bound; the mean does not move."""
    scaling = Scaling((4, 4))
    scaling.ocean.fill_(1)
    mu = torch.full((5, 4, 4), 0.9)
    zeta = torch.from_numpy(np.random.default_rng(0).standard_normal((4000, 5, 4, 4))).float()
    given = Censored(scaling, mu, torch.full_like(mu, 0.1), zeta)
    wider = given.widened_about_its_mean(np.array([1, 2.5, 1, 1, 1]))
    (mean, std), (moved, spread) = given.moments(), wider.moments()
    ice = wider.scaling.clipped(wider.mu + wider.s * zeta)[:, CONCENTRATION].mean()
    np.testing.assert_allclose(moved, mean, atol=2e-3)
    assert spread[CONCENTRATION].min() > 1.5 * std[CONCENTRATION].max()
    assert float(ice) == pytest.approx(float(mean[CONCENTRATION].mean()), abs=2e-3)
    assert torch.equal(wider.mu[THICKNESS], given.mu[THICKNESS])

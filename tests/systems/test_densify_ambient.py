"""Training without a dense truth, weights near coasts, and the published system as a preset."""

import numpy as np
import pytest
import torch
from torch import nn

from densify_model import changed, nested
from shares import check_shares
from thermocline.config import ProcessConfig
from thermocline.errors import BadConfig, BadData
from thermocline.systems.densify.config import DensifySection
from thermocline.systems.densify.config.answers import WaterSampling
from thermocline.systems.densify.config.training import AmbientConfig, WaterTraining
from thermocline.systems.densify.model.ambient import (
    enough,
    further_mask,
    further_masked,
    shown_columns,
)
from thermocline.systems.densify.model.conditioning import Conditioning
from thermocline.systems.densify.model.network import Prior, new_network
from thermocline.systems.densify.model.objective import Denoising, coastal
from thermocline.systems.densify.model.pairs import Pairs
from thermocline.systems.densify.model.sampling import draw_members
from thermocline.systems.densify.presets import PUBLISHED

C, H, W = 4, 10, 12
PLAIN = ProcessConfig(schedule="cosine", parameterisation="x0", weighting="plain")


class Constant(nn.Module):
    """Answers the same, whatever it is told."""

    def __init__(self):
        super().__init__()
        self.answer = nn.Parameter(0.3 + torch.zeros(2 * C, H, W))

    def forward(self, x, c_noise, fields, context):
        return self.answer.expand(len(x), -1, -1, -1)


def prior_of(network, start="climatology"):
    return Prior(network, PLAIN, "raw", start=start)


def columns(count=3, share=0.5):
    """Pairs without a truth: values everywhere, but columns, valid levels and sea at some cells."""
    draw = torch.Generator().manual_seed(1)
    valid = torch.rand((count, C, H, W), generator=draw) < 0.8
    values = (1 + torch.rand((count, C, H, W), generator=draw)) * valid
    where = (torch.rand((count, 1, H, W), generator=draw) < share).float().expand(-1, 2, -1, -1)
    ocean = torch.ones(count, 1, H, W)
    ocean[..., :3, :4] = 0
    conditioning = Conditioning(
        torch.zeros(count, C, H, W), torch.ones(count, C, H, W), values, where,
        torch.zeros(count, 6, H, W), ocean, torch.zeros(count, 2), torch.zeros(count, 2),
    )  # fmt: skip
    truth = torch.full((count, C, H, W), torch.nan)
    return Pairs(truth, where[:, 0].mean(dim=(1, 2)), conditioning), (where[:, :1] > 0) & valid & (
        ocean > 0
    )


def training(mean_fraction, **own):
    return WaterTraining(
        objective="ambient",
        ambient=AmbientConfig(keep=5),
        batch=16,
        crop=16,
        mean_fraction=mean_fraction,
        **own,
    )


@pytest.mark.parametrize("mean_fraction", [0.0, 0.5, 1.0])
def test_the_loss_sees_what_was_observed_valid_and_in_the_sea_and_nothing_else(mean_fraction):
    """Its gradient with respect to the target; the dense truth, which is not there, is not read."""
    pairs, support = columns()
    values = pairs.conditioning.values.clone().requires_grad_()
    pairs = Pairs(pairs.truth, pairs.share, pairs.conditioning._replace(values=values))
    network = Constant()
    objective = Denoising(prior_of(network), pairs, pairs, 0.0, training(mean_fraction))
    objective.loss(network, objective.draw(torch.Generator().manual_seed(0))).backward()
    assert torch.equal(values.grad != 0, support)
    assert 0 < support.float().mean() < 0.5


@pytest.mark.parametrize("mirrored", [False, True])
@pytest.mark.parametrize("mean_fraction", [0.0, 0.5, 1.0])
def test_behind_oi_the_loss_sees_hidden_columns_alone(mean_fraction, mirrored):
    """Those of the truth that are there; columns that OI has seen stay as OI has them."""
    pairs, support = columns()
    hidden = support & (torch.arange(W) % 2 == 0)
    truth = torch.where(hidden, pairs.conditioning.values, torch.nan).requires_grad_()
    shown = (torch.arange(W) % 2 == 1).float()
    conditioning = pairs.conditioning._replace(
        values=pairs.conditioning.values * shown, where=pairs.conditioning.where * shown
    )
    pairs = Pairs(truth, pairs.share, conditioning)
    network = Constant()
    prior = prior_of(network, "profiles")._replace(mirrored=mirrored)
    objective = Denoising(prior, pairs, pairs, 0.0, training(mean_fraction))
    objective.loss(network, objective.draw(torch.Generator().manual_seed(0))).backward()
    assert torch.equal(truth.grad != 0, hidden)
    first_guess = (
        conditioning.first_guess + 1.5
    )  # where nothing is to be learned x is 0, whatever OI says
    pairs = Pairs(truth.detach(), pairs.share, conditioning._replace(first_guess=first_guess))
    objective = Denoising(prior, pairs, pairs, 0.0, training(mean_fraction))
    mean, noisy, _ = objective.draw(torch.Generator().manual_seed(0))
    for part in (mean, noisy):
        assert not part.x[part.weight == 0].any()
    mean, log_std = objective.prior.moments(conditioning)
    seen = (conditioning.where[:, :1] > 0).expand_as(mean)
    assert not mean[seen].any() and not log_std[seen].any()
    assert (mean[~seen & (conditioning.ocean > 0)] != 0).all()


@pytest.mark.parametrize("mean_fraction", [0.0, 0.5, 1.0])
def test_shares_of_a_batch_are_the_whole(mean_fraction):
    pairs, _ = columns()
    objective = Denoising(prior_of(Constant()), pairs, pairs, 0.0, training(mean_fraction))
    check_shares(objective, objective.prior.network)


def test_w_weighs_the_loss_of_noisy_states_and_not_that_of_the_mean():
    pairs, _ = columns()
    network = Constant()
    prior, generator = prior_of(network), lambda: torch.Generator().manual_seed(0)

    def loss(fraction, w):
        objective = Denoising(prior, pairs, pairs, 0.0, training(fraction, denoising_weight=w))
        return float(objective.loss(network, objective.draw(generator())).detach())

    both, more, most = (loss(0.5, w) for w in (1.0, 2.0, 5.0))
    assert most - both == pytest.approx(4 * (more - both), rel=1e-4) and more > both > 0
    assert loss(1.0, 5.0) == loss(1.0, 1.0) > 0
    assert loss(0.0, 5.0) == pytest.approx(5 * loss(0.0, 1.0))


def test_the_loss_is_the_published_one():
    """‖A·Y·o·(x − x̂)‖² / Σ A·Y·o over a batch of one state, in whole and in a square."""
    pairs, support = columns(1)
    network = Constant()
    for crop in (16, 6):
        own = training(0.0).model_copy(update={"batch": 1, "crop": crop, "coast": 3.0})
        objective = Denoising(prior_of(network), pairs, pairs, 0.0, own)
        small = Constant()
        small.answer = nn.Parameter(network.answer[:, :crop, :crop])
        drawn = objective.draw(torch.Generator().manual_seed(0))
        loss = float(objective.loss(small, drawn).detach())
        error = torch.where(support, pairs.conditioning.values - 0.3, 0)
        squares = [
            float(error[part].square().sum() / support[part].sum())
            for row in range(H - min(crop, H) + 1)
            for column in range(W - min(crop, W) + 1)
            for part in [(..., slice(row, row + crop), slice(column, column + crop))]
        ]
        assert min(abs(loss - each) for each in squares) < 1e-5


def test_a_hidden_column_is_hidden_in_every_channel_and_no_other_is():
    conditioning = columns()[0].conditioning
    left = further_masked(conditioning, AmbientConfig(keep=5), torch.Generator().manual_seed(3))
    was, is_left = conditioning.where[:, 0] > 0, left.where[:, 0] > 0
    assert (is_left <= was).all() and (is_left < was).any()
    assert torch.equal(left.where, conditioning.where * is_left[:, None])
    assert torch.equal(left.values, conditioning.values * is_left[:, None])
    for name in ("first_guess", "scale", "surface", "ocean"):
        assert torch.equal(getattr(left, name), getattr(conditioning, name))


def test_columns_are_dropped_at_the_rate_that_is_asked_for_and_enough_are_kept():
    observed, draw = torch.ones(50, 40, 40, dtype=torch.bool), torch.Generator().manual_seed(0)
    kept = further_mask(observed, AmbientConfig(drop=0.25, keep=50), draw)
    assert abs(kept.float().mean() - 0.75) < 0.005
    few = observed & (torch.arange(1600).view(40, 40) < 60)
    for drop, fewest in ((0.25, 50), (0.99, 50)):
        kept = further_mask(few, AmbientConfig(drop=drop, keep=50), draw).sum(dim=(1, 2))
        assert kept.min() == fewest
    assert kept.max() <= 52


def test_columns_are_hidden_from_an_analysis_as_from_a_network():
    observed, rng = np.ones((40, 40), bool), np.random.default_rng(0)
    drawn = [shown_columns(observed, AmbientConfig(), rng) for _ in range(30)]
    assert abs(np.mean(drawn) - 0.75) < 0.01
    few = observed & (np.arange(1600).reshape(40, 40) < 60)
    for kept in (shown_columns(few, AmbientConfig(drop=0.99), rng) for _ in range(10)):
        assert kept.sum() in (50, 51, 52) and not kept[~few].any()
    fewest = few & (np.arange(40) < 10)  # 20 of them, and 50 are to be kept
    assert np.array_equal(shown_columns(fewest, AmbientConfig(drop=0.99), rng), fewest)
    assert not shown_columns(observed & False, AmbientConfig(), rng).any()


def test_states_with_too_few_columns_are_left_out_or_refused_in_words():
    pairs, _ = columns()
    where = pairs.conditioning.where.clone()
    where[1] = 0
    where[1, :, 8, :3] = 1
    conditioning, every = pairs.conditioning._replace(where=where), torch.arange(3)
    observed = where[:, 0] > 0
    assert enough(observed, every, 5).tolist() == [0, 2]
    with pytest.raises(
        BadConfig, match=r"ambient\.keep: no state has more than 200 obs.*keep fewer"
    ):
        enough(observed, every, 200)
    with pytest.raises(BadData, match="3 observed columns, of which 5"):
        further_masked(conditioning, AmbientConfig(keep=5), torch.Generator())


def test_settings_that_would_let_a_hidden_column_through_are_refused():
    with pytest.raises(ValueError, match="has seen the columns"):
        DensifySection.model_validate({"training": {"objective": "ambient"}})
    behind = {"model": {"start": "profiles"}, "training": {"objective": "ambient"}}
    with pytest.raises(ValueError, match="teaches the mean alone"):
        DensifySection.model_validate(behind)
    alone = {"training": {"mean_fraction": 1.0}, "sampling": {"steps": 0}}
    DensifySection.model_validate(changed(behind, alone))
    with pytest.raises(ValueError, match="has no draws"):
        DensifySection.model_validate({"model": {"start": "climatology"}})


def test_errors_count_more_near_land_and_ever_less_away_from_it():
    ocean = torch.ones(1, 1, 12, 14)
    assert torch.equal(coastal(ocean, 3.0), ocean)
    ocean[..., :2] = 0
    ramp = torch.tensor([3.0, 2.6, 2.2, 1.8, 1.4, 1, 1, 1, 1, 1, 1, 1])
    torch.testing.assert_close(coastal(ocean, 3.0)[0, 0, :, 2:], ramp.expand(12, -1))
    assert torch.equal(coastal(ocean, 1.0), torch.ones_like(ocean))
    ocean[..., 7, 9] = 0
    weights = coastal(ocean, 2.0)
    torch.testing.assert_close(coastal(ocean.flip(-1, -2), 2.0).flip(-1, -2), weights)
    torch.testing.assert_close(weights, coastal(ocean.mT, 2.0).mT)


def test_the_dense_loss_counts_errors_by_their_distance_from_land():
    """Gradients with respect to the answer, for equal errors, are in the ratio of the weights."""
    pairs, _ = columns(1)
    pairs = Pairs(torch.zeros(1, C, H, W), pairs.share, pairs.conditioning)
    network = Constant()
    own = WaterTraining(coast=3.0, batch=1, crop=16, mean_fraction=0.0)
    objective = Denoising(prior_of(network), pairs, pairs, 0.0, own)
    objective.loss(network, objective.draw(torch.Generator().manual_seed(0))).backward()
    weights = (coastal(pairs.conditioning.ocean, 3.0) * pairs.conditioning.ocean)[0, 0]
    found = network.answer.grad[0]
    torch.testing.assert_close(found / found.sum(), weights / weights.sum())


@pytest.fixture(scope="module")
def published():
    """The preset as settings, and a small network of its kind with what it is told."""
    small = {"model": {"network": {"width": 8, "multipliers": (1, 2), "embedding": 16}}}
    own = DensifySection.model_validate(changed(nested(PUBLISHED), small))
    network = new_network(own.model, C, 0)
    torch.nn.init.normal_(network.leave.conv.weight, std=0.1, generator=torch.Generator())
    return own, Prior(network, own.model.process, "unit_sphere"), columns(1)[0].conditioning


def test_the_published_preset_generates_from_noise_in_fifty_steps(published):
    own, prior, conditioning = published
    fields, evaluations = draw_members(prior, conditioning, own.sampling, range(2), 0)
    assert evaluations == 50 and fields.shape == (2, C, H, W)
    ocean = conditioning.ocean[0, 0].bool().numpy()
    assert (fields[..., ~ocean] == 0).all() and abs(fields[..., ocean]).max() < 1e3


def test_known_cells_are_overwritten_in_every_estimate(published):
    """Members have the observed values exactly, and not without it; cells beside them are moved."""
    own, prior, conditioning = published
    conditioning = conditioning._replace(
        first_guess=conditioning.first_guess + 0.25, scale=2 * conditioning.scale
    )
    sampling = own.sampling.model_copy(update={"steps": 5})
    plain, _ = draw_members(prior, conditioning, sampling, range(2), 0)
    over, evaluations = draw_members(
        prior,
        conditioning,
        WaterSampling(**sampling.model_dump() | {"overwrite": True}),
        range(2),
        0,
    )
    seen = conditioning.observed[0].bool().numpy()
    wanted = ((conditioning.values - conditioning.first_guess) / conditioning.scale)[0].numpy()
    assert evaluations == 5
    assert abs(over - wanted)[:, seen].max() < 1e-6 < abs(plain - wanted)[:, seen].min()

"""A denoiser that starts from an analysis: what it is told, and what it learns."""

from dataclasses import replace

import make_golden
import numpy as np
import pytest
import torch

from shares import check_shares
from thermocline.config import MaskingConfig, NetworkConfig, ProcessConfig
from thermocline.diffusion.denoiser import NO_STATE
from thermocline.ocean.anomalies import AnomalyProblem
from thermocline.ocean.latlon import LatLonGrid
from thermocline.systems.reconstruct.model.condition import box_sum, informed_count, informed_fields
from thermocline.systems.reconstruct.model.method import Reconstructor
from thermocline.systems.reconstruct.model.objective import Noisy, StartingFromAnalysis
from thermocline.systems.reconstruct.model.pairs import Pairs
from thermocline.systems.reconstruct.model.posterior_mean import conditioning_of, mean_of
from thermocline.systems.reconstruct.model.prior import Conditioning, Prior, build_network
from thermocline.training.objective import step_generator

SHAPE, COUNT = (2, 8, 16), 64
MASKING = MaskingConfig(ratio=0.9, pattern="columns", analysis=True)
OCEAN = np.ones(SHAPE, bool)
OCEAN[:, 3:5, 2:4] = False


def prior() -> Prior:
    config = NetworkConfig(width=16, multipliers=(1,), patch=1, embedding=16)
    network = build_network(config, MASKING, SHAPE[0], seed=0)
    return Prior(network, ProcessConfig(), LatLonGrid.regular(*SHAPE[1:]), MASKING)


def biased(bias: float) -> tuple[np.ndarray, np.ndarray, Pairs]:
    """States, months, and analyses with errors of 0.2 that are colder or warmer by up to `bias`."""
    rng = np.random.default_rng(0)
    states = (rng.standard_normal((COUNT, *SHAPE)) * OCEAN).astype(np.float32)
    offset = rng.uniform(-bias, bias, COUNT)[:, None, None, None]
    observed = (rng.random((COUNT, 1, *SHAPE[1:])) < 0.2) & OCEAN
    every = np.arange(COUNT)
    besides = 0.2 * rng.standard_normal(states.shape)  # no analysis is all but right
    analysis = ((states + offset + besides) * OCEAN).astype(np.float16)
    share, columns = np.full(COUNT, 0.05), np.ones(COUNT, bool)
    unseen = np.zeros((COUNT, 0, *OCEAN.shape), bool)
    nobody = np.zeros((COUNT, 0), np.int64)
    pairs = Pairs(observed, share, columns, unseen, every, every, nobody, analysis, seed=1)
    return states, every % 12 + 1, pairs


def objective(prior: Prior, batch: int = 16) -> StartingFromAnalysis:
    states, months, pairs = biased(1.0)
    weight = (OCEAN / OCEAN.sum()).astype(np.float32)
    s_y = np.full(SHAPE, 0.1, np.float32)
    checks = (states, months, pairs)
    return StartingFromAnalysis(prior, states, months, pairs, checks, OCEAN, weight, s_y, batch)


@pytest.mark.parametrize("width", [1, 3, 9, 63])
def test_box_sums_go_round_the_globe_and_end_at_the_poles(width: int) -> None:
    field = torch.randn(1, 1, 8, 16, generator=step_generator(0, 0), dtype=torch.float64)
    half = width // 2
    across = min(half, 7)  # a square never counts a column twice
    for row, column in ((0, 0), (4, 15), (7, 8)):
        rows = range(max(0, row - half), min(8, row + half + 1))
        columns = [(column + step) % 16 for step in range(-across, across + 1)]
        expected = field[0, 0][list(rows)][:, columns].sum()
        assert float(box_sum(field, width)[0, 0, row, column]) == pytest.approx(float(expected))


def test_what_is_told_is_of_the_innovations() -> None:
    where = torch.zeros(1, *SHAPE)
    where[0, :, 2, 5] = 1
    analysis = torch.randn(1, *SHAPE, generator=step_generator(0, 1))
    fields = informed_fields((analysis + 0.5) * where, where, analysis)
    assert fields.shape[1] == informed_count(SHAPE[0])
    means = fields[0, 6:12].reshape(3, 2, 8, 16)
    # One observation counts by 1/2, 1/3 and 1/4 of 3 × 0.5, wherever the square holds it.
    assert means[:, 0, 2, 5].tolist() == pytest.approx([0.75, 0.5, 0.375])
    assert float(means[0, 0, 2, 12]) == 0 and float(means[2, 0, 7, 12]) == pytest.approx(0.375)
    same = informed_fields(analysis * where, where, analysis)
    assert torch.count_nonzero(same[0, 2:4]) == 0 and torch.count_nonzero(same[0, 6:12]) == 0


def test_an_untrained_network_answers_the_analysis() -> None:
    untrained = prior()
    of_pairs = objective(untrained)
    assert of_pairs.validate(untrained.network)["rmse_ratio"] == pytest.approx(1, abs=1e-4)
    states, _, pairs = biased(1.0)
    problem = AnomalyProblem(
        np.where(pairs.observed[0], states[0], 0).astype(np.float32),
        np.ones(SHAPE, np.float32),
        pairs.observed[0],
        OCEAN,
        month=3,
    )
    analysis = pairs.analysis[0].astype(np.float32)
    assert np.array_equal(mean_of(untrained, problem, analysis), analysis)


def correcting(**sampling) -> tuple[Reconstructor, AnomalyProblem]:
    """A model whose network adds about 1 to any analysis, and a problem."""
    golden = make_golden.model()
    changed = golden.sampling.model_copy(update=sampling)
    model = replace(golden, contract=golden.contract.model_copy(update={"sampling": changed}))
    model.prior.network.leave.conv.bias += 1
    ocean = model.statistics.ocean
    observed = np.zeros_like(ocean)
    observed[:, 4, ::4] = ocean[:, 4, ::4]
    y, s_y = np.where(observed, 1.0, 0).astype("f4"), np.where(observed, 0.3, 1).astype("f4")
    return model, AnomalyProblem(y, s_y, observed, ocean, month=5)


def test_a_centred_correction_has_no_mean_over_the_sea_and_members_follow_it() -> None:
    (plain, problem), (model, _) = correcting(), correcting(centred=True)
    drawn, before = (each.draw(problem, range(4), 3) for each in (model, plain))
    assert drawn.increment is not None and before.increment is not None
    weight = problem.ocean * model.grid.cell_area()
    mean = lambda fields: (weight * fields).sum(axis=(-2, -1)) / weight.sum(axis=(-2, -1))
    assert np.abs(mean(before.increment)).min() > 0.1
    assert np.abs(mean(drawn.increment)).max() < 1e-6
    apart = (before.increment - drawn.increment)[problem.ocean]
    assert np.allclose(apart, np.repeat(mean(before.increment), problem.ocean.sum(axis=(1, 2))))
    assert np.array_equal(drawn.draws, before.draws)
    assert np.allclose(drawn.diffused - drawn.draws, drawn.increment, atol=1e-6)


def test_members_are_spread_around_the_changed_mean() -> None:
    """However little noise is added: a draw of the ensemble OI lies around the analysis."""
    model, problem = correcting(sigma_start=0.02, sigma_min=0.01)
    ocean = problem.ocean
    analysis, draws = model.posterior(problem, range(4), 3)
    drawn = model.draw(problem, range(4), 3)
    change = mean_of(model.prior, problem, analysis) - analysis
    assert np.abs(change).max() > 0.3
    assert np.allclose(drawn.diffused, (draws + change) * ocean, atol=0.1)
    assert np.allclose(drawn.diffused - drawn.draws, change, atol=1e-6)


def test_every_noise_level_is_trained() -> None:
    """The levels of samples that see a noisy state fill all strata of their distribution."""
    learner = prior()
    of_pairs, own = objective(learner), learner.process
    drawn = [of_pairs.draw(step_generator(0, step)) for step in range(300)]
    sigma = torch.cat([each.sigma[each.sigma < NO_STATE] for each in drawn])
    assert len(sigma) == 300 * of_pairs.batch // 2
    share = torch.special.ndtr((sigma.log() - own.noise_mean) / own.noise_std)
    counts = torch.histc(share, 32, 0, 1)
    assert counts.min() > 0.5 * counts.mean()


@pytest.mark.parametrize("weighting", ["edm", "min_snr", "plain"])
def test_the_mean_counts_alike_whatever_weighs_the_noise(weighting: str) -> None:
    """Errors of a network that answers the analysis: 1 for the mean, whichever weighting."""
    learner = prior()
    learner = replace(learner, process=learner.process.model_copy(update={"weighting": weighting}))
    of_pairs = objective(learner)
    drawn = of_pairs.draw(step_generator(0, 0))
    blind = drawn.sigma == NO_STATE
    alone = Noisy(
        *(part[blind] for part in drawn[:5]), Conditioning(*(p[blind] for p in drawn.given))
    )
    loss = of_pairs.loss(learner.network, alone).item()
    assert loss == pytest.approx(1, abs=1e-3)


def test_a_bias_that_the_innovations_show_is_learnt() -> None:
    learner = prior()
    of_pairs = objective(learner)
    optimiser = torch.optim.Adam(learner.network.parameters(), lr=5e-3)
    losses = []
    for step in range(80):
        loss = of_pairs.loss(learner.network, of_pairs.draw(step_generator(0, step)))
        optimiser.zero_grad()
        loss.backward()
        optimiser.step()
        losses.append(loss.item())
    assert of_pairs.validate(learner.network)["rmse_ratio"] < 0.5
    check_shares(of_pairs, learner.network)
    drawn = [of_pairs.draw(step_generator(0, step)) for step in (5, 6, 5)]
    repeated = [of_pairs.loss(learner.network, each).item() for each in drawn]
    assert repeated[0] == repeated[2] != repeated[1]


def test_observations_of_errors_that_say_nothing_are_not_shown() -> None:
    """Of two, one has an error of a hundred climates; ordinary ones are shown as they are."""
    observed = np.zeros(SHAPE, bool)
    observed[0, 0, :2] = True
    y, s_y = np.where(observed, 1.5, 0).astype(np.float32), np.ones(SHAPE, np.float32)
    vague = s_y.copy()
    vague[0, 0, 1] = 100
    show = lambda error: conditioning_of(
        AnomalyProblem(y, error, observed, OCEAN, 3), None, torch.device("cpu")
    )
    usual, one = show(s_y), show(vague)
    assert np.array_equal(usual.values[0], y) and np.array_equal(usual.where[0], observed)
    assert one.values.sum() == 1.5 and one.where.sum() == 1 and one.where[0, 0, 0, 0] == 1

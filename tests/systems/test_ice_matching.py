"""Drawn states with the moments of others: closed forms, and what a model does with it."""

import numpy as np
import pytest
import torch
from scipy.linalg import sqrtm

from thermocline.systems.seaice.model.matching import MIN_STATES, Matching, fitted, terms, transport

SHAPE = (2, 3, 4)


def states(rng, days, mean, root):
    """Gaussian states: a seasonal mean of two harmonics, and rows of `root` as patterns."""
    noise = rng.standard_normal((len(days), len(root)))
    flat = terms(days).numpy() @ mean + noise @ root
    return torch.from_numpy(flat).reshape(-1, *SHAPE).float()


@pytest.fixture(scope="module")
def both():
    rng = np.random.default_rng(0)
    size, year = int(np.prod(SHAPE)), torch.arange(1, 366)
    mean, other = rng.standard_normal((2, 5, size))
    root, wider = rng.standard_normal((2, size, size)) * [[[0.5]], [[1.5]]]
    days, others = year.repeat(3), year.repeat(2)
    drawn, target = states(rng, days, mean, root), states(rng, others, other, wider)
    return (drawn, days), (target, others)


def moments(z, days):
    x, flat = terms(days).numpy(), z.flatten(1).double().numpy()
    mean = np.linalg.lstsq(x, flat, rcond=None)[0]
    return mean, np.cov((flat - x @ mean).T)


def test_the_transport_is_that_of_the_square_roots() -> None:
    rng = np.random.default_rng(1)
    first, second = (part @ part.T for part in rng.standard_normal((2, 5, 8)))
    found = transport(first, second)
    np.testing.assert_allclose(found @ first @ found, second, rtol=1e-9)
    half = sqrtm(first)
    inverse = np.linalg.inv(half)
    np.testing.assert_allclose(found, inverse @ sqrtm(half @ second @ half) @ inverse, rtol=1e-7)
    assert np.linalg.eigvalsh(found).min() > 0  # of all such maps, the one that moves least


def test_all_moments_are_the_target_s_where_patterns_span_all(both) -> None:
    (drawn, days), (target, others) = both
    matching = fitted(drawn, days, target, others, patterns=24)
    found, wanted = moments(matching(drawn, days), days), moments(target, others)
    np.testing.assert_allclose(found[0], wanted[0], atol=2e-5)
    np.testing.assert_allclose(found[1], wanted[1], atol=2e-3)


def test_outside_of_the_patterns_only_the_seasonal_mean_changes(both) -> None:
    (drawn, days), (target, others) = both
    matching = fitted(drawn, days, target, others, patterns=2)
    moved = (matching(drawn, days) - drawn).flatten(1).double()
    x = terms(days)
    rest = moved - x @ torch.linalg.lstsq(x, moved).solution
    assert torch.linalg.matrix_rank(rest, rtol=1e-4) == 2


def test_states_that_vary_alike_stay_as_they_are(both) -> None:
    (drawn, days), _ = both
    matching = fitted(drawn, days, drawn, days, patterns=8)
    torch.testing.assert_close(matching(drawn, days), drawn, atol=1e-4, rtol=0)


def test_each_state_is_moved_by_itself(both) -> None:
    (drawn, days), (target, others) = both
    matching = fitted(drawn, days, target, others, patterns=8)
    torch.testing.assert_close(matching(drawn[:3], days[:3]), matching(drawn, days)[:3])


@pytest.mark.parametrize(("patterns", "count"), [(0, 700), (8, MIN_STATES - 1), (8, 200)])
def test_too_few_states_or_seasons_and_no_patterns_are_no_map(both, patterns, count) -> None:
    (drawn, days), (target, others) = both
    assert fitted(drawn, days, target[:count], others[:count], patterns) is None


def test_states_that_are_all_the_same_are_no_map(both) -> None:
    (drawn, days), (target, others) = both
    assert fitted(torch.zeros_like(drawn), days, target, others, patterns=8) is None


def test_one_pattern_has_the_variance_of_the_target_s(both) -> None:
    (drawn, days), (target, others) = both
    matching = fitted(drawn, days, target, others, patterns=1)
    (pattern,) = matching.patterns.double().numpy()
    found = pattern @ moments(matching(drawn, days), days)[1] @ pattern
    assert found == pytest.approx(pattern @ moments(target, others)[1] @ pattern, rel=1e-3)


def test_it_is_stored_by_name(both) -> None:
    (drawn, days), (target, others) = both
    matching = fitted(drawn, days, target, others, patterns=8)
    again = Matching.of(matching.tensors())
    torch.testing.assert_close(again(drawn, days), matching(drawn, days))
    with pytest.raises(ValueError, match="8 patterns of 24 numbers"):
        Matching.of(matching.tensors() | {"gain": torch.eye(7)})

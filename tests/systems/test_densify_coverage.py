"""Surface fields that cover a part of a region: where they do not, nothing is known of them."""

from dataclasses import replace

import numpy as np
import pytest

from densify_world import OCEAN, SHAPE, samples
from thermocline.ocean.operators import Columns
from thermocline.ocean.problem import Observed
from thermocline.prepare.writer import write_store
from thermocline.systems.densify.baselines.coverage import coverage, doubted, parts
from thermocline.systems.densify.baselines.known import fitted
from thermocline.systems.densify.baselines.methods import SurfaceOI
from thermocline.systems.densify.data.cases import problem
from thermocline.systems.densify.data.columns import Columns as Seen
from thermocline.systems.densify.data.waters import Waters

COVERED = 8
"""Western columns of the region that the fields cover."""
FAR = np.s_[..., 17:]
ALL = ("tos", "sos", "zos")


@pytest.fixture(scope="module")
def made(tmp_path_factory):
    """A method, and a withheld state with all fields and without any."""
    path = tmp_path_factory.mktemp("densify") / "densify.nc"
    write_store(path, samples(), "test")
    store = Waters.open(path)
    region = fitted(store, "box", store.states("train", "box"), 0.995)
    states = store.states("test", "box")
    whole = problem(store, "box", states.values[0], states.days[0])
    return SurfaceOI([region], ridge=1e-2, radius=12.0), whole, states.values[0][:8]


def part(whole, names=ALL):
    """The question with some fields in the west alone."""
    cut = lambda field: np.where(np.arange(SHAPE[1]) < COVERED, field, np.nan)
    fields = {k: cut(v) if k in names else v for k, v in whole.covariates.items()}
    return replace(whole, covariates=fields)


def alone(whole):
    return replace(whole, covariates={})


def column(whole, truth, row, place):
    """One column that was observed almost without error."""
    where = np.zeros(SHAPE, bool)
    where[row, place] = True
    operator = Columns.of(where, whole.ocean)
    seen = Observed(operator, operator(truth), np.full(operator.size, 0.01))
    return replace(whole, observations=(seen,))


def size(field, where):
    return np.sqrt(np.nanmean(field[where] ** 2))


def test_the_other_part_of_a_region_is_as_uncertain_as_without_the_fields(made):
    method, whole, _ = made
    half, none = (method.analyse(p, 100, 0) for p in (part(whole), alone(whole)))
    assert size(half.std, FAR) > 0.9 * size(none.std, FAR)
    off = lambda answer: answer.members - answer.mean
    assert size(off(half), FAR) > 0.9 * size(off(none), FAR)
    assert size(off(half), FAR) == pytest.approx(size(half.std, FAR), rel=0.1)


def test_where_the_fields_are_nothing_changes(made):
    method, whole, _ = made
    half, all_ = (method.analyse(p, 3, 0) for p in (part(whole), whole))
    own = np.s_[..., :3]  # smoothing over eight cells reaches beyond
    np.testing.assert_allclose(half.std[..., :COVERED], all_.std[..., :COVERED], rtol=1e-5)
    assert size(half.mean - all_.mean, own) < 0.15 * size(all_.std, own)


def test_a_field_with_gaps_leaves_the_others_as_they_are(made):
    """Without the height in the east the answer there is that of temperature and salinity."""
    method, whole, _ = made
    fields = {k: v for k, v in whole.covariates.items() if k != "zos"}
    cut = method.analyse(part(whole, ("zos",)), 0, 0)
    without = method.analyse(replace(whole, covariates=fields), 0, 0)
    assert size(cut.std, FAR) == pytest.approx(size(without.std, FAR), rel=0.1)


def test_a_column_in_a_gap_says_what_it_says_without_the_fields(made):
    method, whole, truth = made
    at = np.s_[:4, 12, 20]
    prior = method.analyse(alone(whole), 0, 0).std
    half = method.analyse(column(part(whole), truth, *at[1:]), 0, 0)
    assert size(half.std, at) < 0.15 * size(prior, at)
    assert size(half.mean - truth, at) < 0.3 * size(prior, at)


def test_weights_are_1_in_all_and_those_of_whole_fields_are_one_set_s():
    rng = np.random.default_rng(0)
    kappa = {name: rng.random(SHAPE) for name in ALL}
    found = parts(kappa, SHAPE)
    np.testing.assert_allclose(sum(each.weight for each in found), 1)
    for name in ALL:  # in all, a field counts as far as it is known
        own = sum(each.weight for each in found if name in each.fields)
        np.testing.assert_allclose(own, kappa[name])
    whole = coverage(OCEAN, OCEAN)
    assert [each.fields for each in parts(dict.fromkeys(ALL, whole), SHAPE)] == [ALL]
    assert parts({}, SHAPE)[0].fields == ()


def test_a_column_whose_prior_is_doubted_has_errors_that_are_larger_by_it():
    rng = np.random.default_rng(1)
    e, root = rng.standard_normal((6, 3)), rng.standard_normal((3, 3))
    r, d, explained = rng.random(6) + 0.1, rng.standard_normal(6), root @ root.T
    information, evidence = (e.T / r) @ e, (e.T / r) @ d
    seen = Seen(np.array([0]), d[None], r[None], information[None], evidence[None])
    found = doubted(seen, explained, np.array([0.4]))
    inverse = np.linalg.inv(np.diag(r) + 0.4 * e @ explained @ e.T)
    np.testing.assert_allclose(found[0][0], e.T @ inverse @ e)
    np.testing.assert_allclose(found[1][0], e.T @ inverse @ d)
    assert doubted(seen, explained, np.zeros(1))[0] is seen.information

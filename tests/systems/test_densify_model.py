"""The model of temperature and salinity, from a store to answers, on a small region."""

from dataclasses import replace

import numpy as np
import pytest
import torch

from densify_model import changed, nested, to_the_model
from densify_world import OCEAN, config, samples
from thermocline.errors import BadConfig
from thermocline.ocean.convection import inverted
from thermocline.prepare.writer import write_store
from thermocline.systems.calibration import Calibration
from thermocline.systems.densify.baselines.leave_member_out import LeaveMemberOut, tuned
from thermocline.systems.densify.baselines.methods import KINDS, SurfaceOI
from thermocline.systems.densify.baselines.sharing import RememberedOI
from thermocline.systems.densify.baselines.stored import classical_methods
from thermocline.systems.densify.baselines.surface import filled
from thermocline.systems.densify.baselines.tune import tune_baselines
from thermocline.systems.densify.data.cases import cases, withheld
from thermocline.systems.densify.data.columns import share_of
from thermocline.systems.densify.data.waters import Waters
from thermocline.systems.densify.evaluation.evaluate import sharing_start
from thermocline.systems.densify.model.calibrate import contract_of
from thermocline.systems.densify.model.conditioning import describe
from thermocline.systems.densify.model.method import assembled, load
from thermocline.systems.densify.model.network import new_network
from thermocline.systems.densify.model.pairs import pairs_of
from thermocline.systems.densify.model.training import DenoiserTraining, trained
from thermocline.systems.densify.presets import PUBLISHED
from thermocline.systems.paths import StagePaths
from watching import check_watched

OWN = {
    "baselines": {
        "linear": {"ridge": (1e-2,), "radius_km": (240.0,), "inflation": (1.0,)},
        "ensemble": {"states": 60, "radius_km": (240.0,), "inflation": (1.0,), "thinning": 2},
        "profiles": {"length_km": (40.0,), "power": (2.0,)},
    },
    "model": {"mirrored": True, "network": {"width": 8, "multipliers": (1, 2), "embedding": 16}},
    "training": {"steps": 8, "batch": 4, "checkpoint_every": 4, "validate_every": 4, "warmup": 2},
    "sampling": {"steps": 2, "members": 4},
    "evaluate": {"densities": (0.0, 0.05), "cases": 2, "validation_cases": 2},
}
SILENT = lambda items, label: items


@pytest.fixture(scope="module")
def made(tmp_path_factory):
    """All stages up to the model, once: (configuration, store, model)."""
    root = tmp_path_factory.mktemp("densify")
    with pytest.MonkeyPatch.context() as patch:
        patch.chdir(root)
        settings = config("build/prepared", **OWN)
        paths = StagePaths("densify", settings)
        paths.store.parent.mkdir(parents=True)
        write_store(paths.store, samples(), "test")
        to_the_model(settings)
        yield settings, Waters.open(paths.store), load(paths.model)


@pytest.fixture(scope="module")
def board(made):
    settings, store, model = made
    climates = {name: region.climate for name, region in model.regions.items()}
    asked = [("columns", 0.0), ("columns", 0.05), ("without zos", 0.05), ("profiles alone", 0.05)]
    every = cases(settings, store, "test", climates, asked)
    return [case for case in every if case.variable == "thetao"]


def test_a_start_that_is_scored_too_is_asked_once(made, board, monkeypatch):
    settings, _, model = made
    classical = classical_methods(StagePaths("densify", settings).baselines)
    apart, shared = [model, *classical], sharing_start(model, classical)
    assert [method.name for method in shared] == [method.name for method in apart]
    expected = [method.analyse(board[1].problem, 3, 0).mean for method in apart]
    asked, analyse = [], SurfaceOI.analyse

    def counting(method, problem, members, seed):
        asked.extend([method.kind] if members else [])
        return analyse(method, problem, members, seed)

    monkeypatch.setattr(SurfaceOI, "analyse", counting)
    found = [method.analyse(board[1].problem, 3, 0).mean for method in shared]
    assert all(np.array_equal(*pair, equal_nan=True) for pair in zip(found, expected, strict=True))
    assert sorted(asked) == sorted(KINDS)


def test_a_method_of_other_settings_is_not_the_start(made):
    start = RememberedOI.of(made[2].start)
    assert start.same(made[2].start)
    assert not start.same(replace(made[2].start, ridge=1.0))
    assert not start.same(replace(made[2].start, regions=()))


def test_answers_are_whole_stable_and_land_is_missing(made, board):
    _, store, model = made
    for case in board:
        answer = model.analyse(case.problem, 3, 0)
        assert answer.members.shape == (3, *case.truth.shape)
        for field in (answer.mean, answer.std, *answer.members):
            assert (np.isfinite(field) == case.problem.ocean).all()
        half, centres = len(store.depth), case.problem.grid.centres()
        for field in (answer.mean, *answer.members):
            assert not inverted(field[:half], field[half:], store.depth, *centres).any()


def test_the_stated_deviation_is_that_of_many_members(made, board):
    """Before columns are mixed: they are the start's draws, moved and widened alike."""
    model, problem = made[2], board[1].problem
    parts, (_, f) = model.draw(problem, range(60), 1), model.factors(problem)
    few = replace(parts, deviation=None)
    stated = parts.std(np.empty(0), f)[:, OCEAN]
    counted = few.std(parts.combined(*model.factors(problem))[1], f)[:, OCEAN]
    ratio = np.sqrt((counted**2).mean(axis=1) / (stated**2).mean(axis=1))
    np.testing.assert_allclose(ratio, 1, atol=0.2)


def test_a_member_depends_on_its_number_and_the_seed_alone(made, board):
    model, problem = made[2], board[1].problem
    few, many = model.analyse(problem, 2, 5), model.analyse(problem, 6, 5)
    np.testing.assert_array_equal(few.members, many.members[:2])
    assert np.nanmax(np.abs(model.analyse(problem, 2, 6).members - few.members)) > 0
    check_watched(lambda: model.analyse(problem, 2, 5), model.settings.sampling.steps)


def test_a_model_is_the_same_when_it_is_saved_and_loaded(made, board, tmp_path):
    model = made[2]
    model.save(tmp_path / "model")
    again = load(tmp_path / "model").analyse(board[1].problem, 2, 0)
    np.testing.assert_array_equal(again.mean, model.analyse(board[1].problem, 2, 0).mean)
    assert load(tmp_path / "model").contract == model.contract


def test_a_network_that_is_not_trusted_leaves_its_start(made, board):
    """Factors of zero: the classical analysis, but for what is mixed to be stable."""
    model = made[2]
    channels = len(model.channels)
    zeros, ones = ((0.0,) * channels,), ((1.0,) * channels,)
    closed = model.calibrated(*2 * [Calibration(density=(1.0,), correction=zeros, spread=ones)])
    for case in board:
        start = model.start.analyse(case.problem, 0, 0)
        parts = closed.draw(case.problem, range(2), 0)
        mean, _ = parts.combined(*closed.factors(case.problem))
        region = model.regions["box"]
        normal = region.climate.mean(case.problem.time)[:channels]
        found = normal + mean * region.climate.std[:channels, None, None]
        np.testing.assert_allclose(found[:, OCEAN], start.mean[:, OCEAN], atol=1e-4)


def test_states_are_analysed_without_their_own_run(made):
    """By a covariance of their own run, errors of training would be smaller than any to come."""
    settings, _store, model = made
    leave_member_out = LeaveMemberOut(StagePaths("densify", settings).baselines)
    ones, others = (
        leave_member_out.of("box/r1/2003-01-01"),
        leave_member_out.of("box/r2/2003-01-01"),
    )
    digest = lambda method: method.regions[0].joint.values.tobytes()
    assert len({digest(ones), digest(others), digest(model.start)}) == 3
    assert leave_member_out.of("box/r1/2003-01-08") is ones


def test_pairs_depend_on_seed_and_name_and_are_made_once(made, monkeypatch):
    settings, store, _ = made
    leave_member_out = LeaveMemberOut(StagePaths("densify", settings).baselines)
    monkeypatch.setattr(
        "thermocline.systems.densify.model.pairs._make", lambda *_: pytest.fail("made again")
    )
    pairs = pairs_of(settings, store, leave_member_out, "train")
    assert len(pairs) == 120
    assert 0 < float((pairs.share == 0).float().mean()) < 0.3
    assert (pairs.share[pairs.within(0.98)] <= 0.02).all()
    with pytest.raises(BadConfig, match="hides"):
        pairs.within(1.1)


def test_another_share_of_variance_explained_is_another_training(made, tmp_path, monkeypatch):
    """Modes decide analyses and pairs, whatever was tuned with them."""
    _, store, _ = made
    prepared = store.path.resolve()
    monkeypatch.chdir(tmp_path)
    (tmp_path / "build/prepared").mkdir(parents=True)
    (tmp_path / "build/prepared/densify.nc").symlink_to(prepared)
    keys, chosen = [], []
    for explained in (0.995, 0.3):
        linear = OWN["baselines"]["linear"] | {"explained": explained}
        own = OWN | {"baselines": OWN["baselines"] | {"linear": linear}}
        changed_ = config("build/prepared", **own)
        folder = StagePaths("densify", changed_).baselines
        tune_baselines(changed_, folder)
        keys.append(DenoiserTraining(changed_).key)
        chosen.append(tuned(folder))
    assert chosen[0] == chosen[1]
    assert keys[0] != keys[1] == DenoiserTraining(changed_).key


def test_the_share_that_is_observed_counts_columns(board):
    shares = {case.protocol + str(case.density): share_of(case.problem) for case in board}
    assert shares["columns0.0"] == 0
    assert abs(shares["columns0.05"] - 0.05) < 1 / OCEAN.sum()
    assert withheld("profiles alone") == ("tos", "sos", "zos")


def test_a_network_is_told_which_fields_are_missing(made, board):
    """Without surface fields the answer is another one, and follows none of their values."""
    model = made[2]
    alone = next(case.problem for case in board if case.protocol == "profiles alone")
    gone = replace(alone, covariates={"zos": np.full(OCEAN.shape, np.nan, np.float32)})
    a, b = (model.draw(each, range(2), 0) for each in (alone, gone))
    np.testing.assert_array_equal(a.start, b.start)
    np.testing.assert_array_equal(a.mean, b.mean)


def test_a_network_is_not_shown_observations_of_errors_that_say_nothing(made, board):
    region, problem = made[2].regions["box"], next(c.problem for c in board if c.density)
    (seen,) = problem.observations
    vague = replace(problem, observations=(replace(seen, s_y=1e4 * seen.s_y),))
    usual, one, none = (
        describe(each, region, None) for each in (problem, vague, replace(problem, observations=()))
    )
    assert usual["where"].any()
    for name in ("values", "where"):
        np.testing.assert_array_equal(one[name], none[name])


def test_gaps_of_surface_fields_are_filled_from_around_them(board):
    """A plane with a hole is filled to within its change over the hole; the rest stays as it is."""
    plane = np.add.outer(0.05 * np.arange(20), 0.03 * np.arange(24)).astype(np.float32)
    holed = plane.copy()
    holed[10:13, 10:13] = np.nan
    found = filled(holed, OCEAN)
    rest = OCEAN & np.isfinite(holed)
    np.testing.assert_array_equal(found[rest], plane[rest])
    np.testing.assert_allclose(found[10:13, 10:13], plane[10:13, 10:13], atol=0.06)
    assert not found[~OCEAN].any()


def test_an_untrained_network_answers_its_start(made, board):
    """It adds nothing to the mean and leaves the deviation as it is."""
    settings, store, model = made
    network = new_network(settings.densify.model, len(store.channels), seed=3)
    fresh = replace(model, network=network.eval().requires_grad_(False))
    for case in board:
        parts = fresh.draw(case.problem, range(2), 0)
        assert not parts.mean.any()
        start = model.start.analyse(case.problem, 0, 0)
        scale = model.regions["box"].climate.std[: len(store.channels), None]
        known = (parts.scale[:, OCEAN] * scale) / start.std[:, OCEAN]
        assert (known > 1 - 1e-4).all()  # but for the least deviation


AMBIENT = {"training": {"objective": "ambient", "ambient": {"keep": 2}, "mean_fraction": 0.5}}


BEHIND_OI = changed(
    AMBIENT,
    {
        "model": {"start": "profiles"},
        "sampling": {"start": "draws", "steps": 0},
        "training": {"mean_fraction": 1.0},
    },
)


@pytest.mark.parametrize(
    "own", [{}, AMBIENT, BEHIND_OI], ids=["published", "ambient", "ambient behind OI"]
)
def test_the_published_preset_and_ambient_training_go_from_pairs_to_answers(
    made, board, tmp_path, own
):
    """Pairs of another start are made beside a link to the store, so that the others stay."""
    settings, _, model = made
    paths = StagePaths("densify", settings)
    (tmp_path / "densify.nc").symlink_to(paths.store.resolve())
    store, small = Waters.open(tmp_path / "densify.nc"), OWN["model"]["network"]
    parts = changed(changed(changed(OWN, nested(PUBLISHED)), {"sampling": {"steps": 3}}), own)
    settings = config("build/prepared", **changed(parts, {"model": {"network": small}}))
    start = settings.densify.model.start
    leave_member_out = LeaveMemberOut(paths.baselines, start)
    fit = trained(settings, store, leave_member_out, tmp_path / "checkpoints")
    assert all(np.isfinite(list(metrics.values())).all() for _, metrics in fit.history)
    network = new_network(settings.densify.model, len(store.channels), 0)
    network.load_state_dict(fit.ema)
    contract = contract_of(settings, store, "digest", tuned(paths.baselines, start))
    found = assembled(contract, network.eval(), list(model.regions.values()))
    parts = found.draw(board[1].problem, range(4), 0)
    learned = bool(own)  # only then the network has learned the mean
    assert parts.evaluations == settings.densify.sampling.steps + learned
    assert np.allclose(parts.mean, parts.members.mean(axis=0), atol=1e-6) != learned
    answer = found.analyse(board[1].problem, 4, 0)
    assert (np.isfinite(answer.members) == board[1].problem.ocean).all()


def test_hidden_columns_are_all_that_is_learned_and_no_analysis_has_seen_them(made, tmp_path):
    """Of the same columns: pairs with none hidden, and with some, whose truth is what was seen."""
    _, store, _ = made
    (tmp_path / "densify.nc").symlink_to(store.path.resolve())
    store, found = Waters.open(tmp_path / "densify.nc"), []
    for objective in ("dense", "ambient"):
        own = changed(OWN, changed(BEHIND_OI, {"training": {"objective": objective}}))
        settings = config("build/prepared", **own)
        leave_member_out = LeaveMemberOut(StagePaths("densify", settings).baselines, "profiles")
        found.append(pairs_of(settings, store, leave_member_out, "train"))
    whole, part = found
    columns = lambda conditioning: conditioning.where.amax(dim=1) > 0
    hidden = columns(whole.conditioning) & ~columns(part.conditioning)
    assert torch.equal(part.truth.isfinite().any(dim=1), hidden)
    assert 0.15 < hidden.sum() / columns(whole.conditioning).sum() < 0.35
    seen = hidden[:, None] & (whole.conditioning.values != 0)
    assert torch.equal(part.truth[seen], whole.conditioning.values[seen])
    assert not part.conditioning.values[seen].any()
    untouched = ~hidden.any(dim=(1, 2))
    assert torch.equal(
        part.conditioning.first_guess[untouched], whole.conditioning.first_guess[untouched]
    )
    # Where a column was hidden the analysis is less sure of it, and elsewhere no surer.
    more = (part.conditioning.scale - whole.conditioning.scale).float()
    assert (more[hidden[:, None].expand_as(more)] > 0).float().mean() > 0.9
    assert (more < -0.02).float().mean() < 0.001  # the covariance ends at four lengths

"""Grids of settings and seeds: analysis of variance against other ways to it; trials are kept."""

import numpy as np
import pytest
from benchmarks.sweeps import grid
from benchmarks.sweeps.__main__ import in_words
from benchmarks.sweeps.figure import draw
from benchmarks.sweeps.spread import deviation, effects
from scipy import stats

from thermocline.systems.learning import CRPS


def drawn(rng, shape=(3, 4, 3), row=0.0, column=0.0, seeds=1.0):
    """Scores with effects of rows and columns, and a share of noise that pairs of a seed share."""
    rows, columns, count = shape
    effect = row * np.arange(rows)[:, None, None] + column * np.arange(columns)[:, None]
    return 10 + effect + seeds * rng.standard_normal(count) + rng.standard_normal(shape)


def test_two_values_are_a_paired_t_test():
    scores = drawn(np.random.default_rng(0), (2, 3, 5), row=0.7)
    one, other = scores.mean(axis=1)
    assert effects(scores)[0].p == pytest.approx(stats.ttest_rel(one, other).pvalue)
    means = scores.mean(axis=(1, 2))
    assert effects(scores)[0].range == pytest.approx(np.ptp(means) / deviation(scores))


def explained(scores, factors):
    """The sum of squares that a regression on indicators of `factors` explains, and its rank."""
    places = np.indices(scores.shape).reshape(3, -1)
    columns = [np.ones(scores.size)]
    for factor in factors:
        codes = np.ravel_multi_index(
            [places[axis] for axis in factor], [scores.shape[axis] for axis in factor]
        )
        columns += [codes == code for code in np.unique(codes)]
    design = np.array(columns, float).T
    fitted = design @ np.linalg.lstsq(design, scores.ravel())[0]
    return float(np.square(fitted).sum()), int(np.linalg.matrix_rank(design))


ROW, COLUMN, SEED = 0, 1, 2
MODELS = [  # with the effect and without; with its interaction with seeds and without
    (((ROW,),), (), ((ROW,), (SEED,), (ROW, SEED)), ((ROW,), (SEED,))),
    (((COLUMN,),), (), ((COLUMN,), (SEED,), (COLUMN, SEED)), ((COLUMN,), (SEED,))),
    (
        ((ROW, COLUMN),),
        ((ROW,), (COLUMN,)),
        ((ROW, COLUMN, SEED),),
        ((ROW, COLUMN), (ROW, SEED), (COLUMN, SEED)),
    ),
]


@pytest.mark.parametrize("place", range(3))
def test_as_by_regression(place):
    """Sums of squares by least squares, of models with what is judged and without."""
    scores = drawn(np.random.default_rng(1), row=0.4, column=0.3)
    (more, by), (less, of), (full, all_), (rest, most) = (
        explained(scores, factors) for factors in MODELS[place]
    )
    ratio = (more - less) / (by - of) / ((full - rest) / (all_ - most))
    assert effects(scores)[place].p == pytest.approx(stats.f.sf(ratio, by - of, all_ - most))


def test_seeds_alone_are_seldom_a_difference():
    """Under no effect, p is uniform, however much all pairs of a seed have in common."""
    rng = np.random.default_rng(2)
    found = np.array([[each.p for each in effects(drawn(rng, seeds=3.0))] for _ in range(400)])
    for p in found.T:
        assert stats.kstest(p, "uniform").pvalue > 0.01


def test_what_differs_is_found():
    scores = drawn(np.random.default_rng(3), shape=(3, 3, 3), row=3.0)
    rows, columns, _ = effects(scores)
    assert rows.p < 0.01 < 0.05 < columns.p
    said = in_words("reconstruct", scores).splitlines()
    assert "schedule: differs" in said[0] and "ratio: no difference" in said[1]


def test_trials_are_kept(monkeypatch, tmp_path):
    """A trial is run once; another number of steps is another trial."""
    ran = []

    def trainer(system, examiner):
        def score(attempt):
            ran.append(attempt.config)
            return {CRPS: 0.5 + attempt.config.seed}

        return score

    monkeypatch.setattr(grid, "OUT", tmp_path)
    monkeypatch.setattr(grid, "Trainer", trainer)
    monkeypatch.setattr(grid, "examiner", lambda system: None)
    asked = grid.trials("superres", 2)
    scores = [grid.run(trial) for trial in asked]
    assert scores == [grid.run(trial) for trial in asked] and len(ran) == len(asked) == 18
    first, last = ran[0].superres, ran[-1].superres
    assert (first.model.process.kappa, last.model.process.kappa) == (0.9, 8.0)
    assert (first.training.mean_fraction, last.training.mean_fraction) == (0.25, 0.75)
    found = grid.table("superres", scores)
    assert found.shape == (3, 3, 2) and (found[..., 1] == 1.5).all()
    longer = grid.GRIDS | {
        "superres": grid.Grid(*list(vars(grid.GRIDS["superres"]).values())[:2], 9)
    }
    monkeypatch.setattr(grid, "GRIDS", longer)
    grid.run(asked[0])
    assert len(ran) == 19 and ran[-1].superres.training.steps == 9


@pytest.mark.parametrize("system", sorted(grid.GRIDS))
def test_a_figure_of_every_system(system, tmp_path):
    """All pairs can be asked for, params.yaml's among them."""
    settings = grid.GRIDS[system]
    shape = len(settings.rows[1]), len(settings.columns[1]), 3
    scores = drawn(np.random.default_rng(4), shape)
    for trial in grid.trials(system, 1):
        grid.settings(grid.load_config(), trial)
    path = draw(system, scores, grid.own(system), in_words(system, scores), tmp_path / "a.png")
    assert path.stat().st_size > 10_000

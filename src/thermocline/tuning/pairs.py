"""How two settings go together: schedule × masking ratio, a cell for each pair of values."""

from pathlib import Path
from typing import Any

import numpy as np
import optuna
from optuna.trial import FrozenTrial, TrialState

from thermocline.config import Choice, Dimension
from thermocline.tuning.study import best_trials, crps_of
from thermocline.verify.figures.style import headline, new_figure, save

PAIR = ("model.process.schedule", "model.masking.ratio")
UNTRIED, GIVEN_UP = "#efedea", "#d9d5cf"


def choose(space: dict[str, Dimension]) -> tuple[str, str] | None:
    """The pair to be shown: `PAIR`, or the first two choices of the space; None without two."""
    choices = [name for name, dimension in space.items() if isinstance(dimension, Choice)]
    first = [name for name in PAIR if name in choices]
    names = first + [name for name in choices if name not in first]
    return (names[0], names[1]) if len(names) > 1 else None


def draw_pairs(
    study: optuna.Study, space: dict[str, Dimension], pair: tuple[str, str], path: Path
) -> None:
    """A heat map of the best CRPS of each pair of values, with a mark for every trial.

    A dot is a completed trial, a cross one that was given up at a rung; cells where none was
    completed are grey, and say why.
    """
    rows, columns = (_values(space[name]) for name in pair)
    cells = _by_cell(study, pair, rows, columns)
    best = np.full((len(rows), len(columns)), np.nan)
    for (i, j), trials in cells.items():
        values = [crps_of(t) for t in trials if t.state == TrialState.COMPLETE]
        best[i, j] = min(values, default=np.nan)

    figure = new_figure(2.6 + 1.25 * len(columns), 1.9 + 0.85 * len(rows))
    axes = figure.add_subplot()
    axes.set_facecolor(UNTRIED)
    low, high = _limits(best)
    winner = next((trial.number for trial in best_trials(study, 1)), -1)
    mesh = axes.pcolormesh(
        np.ma.masked_invalid(best), cmap="viridis", vmin=low, vmax=high, edgecolors="white", lw=2
    )
    for i in range(len(rows)):
        for j in range(len(columns)):
            _cell(axes, i, j, cells.get((i, j), []), best[i, j], (low, high), winner)
    axes.set_xticks(np.arange(len(columns)) + 0.5, [f"{value}" for value in columns])
    axes.set_yticks(np.arange(len(rows)) + 0.5, [f"{value}" for value in rows])
    axes.tick_params(length=0)
    axes.invert_yaxis()
    axes.set_xlabel(pair[1] + (" (least share hidden)" if pair[1] == PAIR[1] else ""))
    axes.set_ylabel(pair[0])
    figure.colorbar(mesh, ax=axes, label="best validation CRPS; less is better", aspect=30)
    headline(figure, _title(study, pair), 10)
    figure.supxlabel("dot: completed   ×: pruned   star: the best", fontsize=8, color="#555555")
    save(figure, path)


def _cell(
    axes: Any,
    i: int,
    j: int,
    trials: list[FrozenTrial],
    value: float,
    ends: tuple[float, float],
    winner: int,
) -> None:
    """One cell's best value, and a mark for each of its trials with the trial's number below."""
    done = np.isfinite(value)
    dark = done and (value - ends[0]) / (ends[1] - ends[0]) < 0.6
    ink = "white" if dark else "#222222"
    if done:
        axes.text(j + 0.5, i + 0.33, f"{value:.4f}", ha="center", va="center", color=ink, size=9)
    else:
        if trials:
            axes.fill_between([j + 0.02, j + 0.98], i + 0.02, i + 0.98, color=GIVEN_UP, lw=0)
        said = "all pruned" if trials else "not tried"
        axes.text(j + 0.5, i + 0.33, said, ha="center", va="center", color="#777777", size=7)
    places = (np.arange(len(trials)) + 0.5) / max(len(trials), 1)
    for place, trial in zip(0.5 + (places - 0.5) * 0.85, trials, strict=True):
        best, given_up = trial.number == winner, trial.state == TrialState.PRUNED
        mark, size = ("*", 10.0) if best else ("x" if given_up else "o", 4.5)
        axes.plot(j + place, i + 0.64, mark, color=ink, markersize=size, mew=1.2)
        if len(trials) <= 4:
            axes.text(
                *(j + place, i + 0.87, trial.number), ha="center", va="center", color=ink, size=6
            )


def _by_cell(
    study: optuna.Study, pair: tuple[str, str], rows: list[Any], columns: list[Any]
) -> dict[tuple[int, int], list[FrozenTrial]]:
    cells: dict[tuple[int, int], list[FrozenTrial]] = {}
    for trial in study.get_trials(states=(TrialState.COMPLETE, TrialState.PRUNED)):
        if not set(pair) <= set(trial.params):
            continue
        cell = rows.index(trial.params[pair[0]]), columns.index(trial.params[pair[1]])
        cells.setdefault(cell, []).append(trial)
    return cells


def _limits(best: np.ndarray) -> tuple[float, float]:
    known = best[np.isfinite(best)]
    if not known.size:
        return 0.0, 1.0
    low, high = float(known.min()), float(known.max())
    return (low, high) if high > low else (low * 0.99, low * 1.01 + 1e-9)


def _title(study: optuna.Study, pair: tuple[str, str]) -> str:
    states = [trial.state for trial in study.get_trials(deepcopy=False)]
    complete, pruned = states.count(TrialState.COMPLETE), states.count(TrialState.PRUNED)
    return f"{pair[0]} × {pair[1]}: {complete} completed trials, {pruned} pruned"


def _values(dimension: Dimension) -> list[Any]:
    """The values of a choice, in their order; numbers ascending."""
    assert isinstance(dimension, Choice)
    values = list(dimension.choice)
    if all(isinstance(value, int | float) for value in values):
        return sorted(values)
    return values

"""Figures of a study: Optuna's own, and how two of the settings go together."""

import warnings
from collections.abc import Callable
from pathlib import Path
from typing import Any

import optuna

from thermocline.config import Dimension
from thermocline.files import atomic_directory
from thermocline.tuning.pairs import choose, draw_pairs
from thermocline.tuning.study import best_trials, crps_of

LABEL = "CRPS"
MAX_PARAMETERS = 4


def draw_figures(
    study: optuna.Study, space: dict[str, Dimension], folder: Path
) -> tuple[list[Path], list[str]]:
    """Write PNGs into `folder`, which is replaced; paths, and what could not be drawn and why.

    With few trials there is not enough for some of them.
    """
    import matplotlib

    complete = len(best_trials(study, MAX_PARAMETERS))
    drawn: list[str] = []
    missing: list[str] = []
    with atomic_directory(folder) as temporary, matplotlib.rc_context():
        matplotlib.use("agg")
        if pair := choose(space):
            name = "_".join(setting.rpartition(".")[2] for setting in pair)  # schedule_ratio
            draw_pairs(study, space, pair, temporary / f"{name}.png")
            drawn.append(f"{name}.png")
        else:
            missing.append("pairs of choices: fewer than two were searched")
        names, importances = (
            _important(study) if complete > 1 else (list(space)[:MAX_PARAMETERS], {})
        )
        for name, plot in _plots(study, names, importances).items():
            if complete < 2:
                missing.append(f"{name}: it takes two completed trials")
                continue
            try:
                _save(plot, temporary / f"{name}.png")
                drawn.append(f"{name}.png")
            except (ValueError, RuntimeError, ArithmeticError) as problem:
                missing.append(f"{name}: {problem}")
    return [folder / name for name in drawn], missing


def _important(study: optuna.Study) -> tuple[list[str], dict[str, float]]:
    """The settings that matter most, for figures that have no room for all."""
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            importances = optuna.importance.get_param_importances(study, target=crps_of)
    except (ValueError, RuntimeError, ArithmeticError):
        importances = {}
    varied = [n for n in importances if len({t.params[n] for t in best_trials(study, 10**6)}) > 1]
    return varied[:MAX_PARAMETERS], importances


def _plots(
    study: optuna.Study, names: list[str], importances: dict[str, float]
) -> dict[str, Callable[[], Any]]:
    from optuna.visualization import matplotlib as plots

    target: dict[str, Any] = {"target": crps_of, "target_name": LABEL}

    def contour() -> Any:
        if len(names) < 2:
            raise ValueError("fewer than two settings varied")
        axes = plots.plot_contour(study, params=names[:3], **target)
        _resize(axes, 4.2 * len(names[:3]), 3.6 * len(names[:3]) if len(names) > 2 else 3.6)
        return axes

    def slices() -> Any:
        if not names:
            raise ValueError("no setting varied")
        axes = plots.plot_slice(study, params=names, **target)
        _resize(axes, 3.4 * len(names), 3.4)
        return axes

    def importance() -> Any:
        if not importances:
            raise ValueError("the trials do not tell the settings apart")
        return plots.plot_param_importances(study, **target)

    drawn: dict[str, Callable[[], Any]] = {
        "importances": importance,
        "contour": contour,
        "slice": slices,
        "history": lambda: plots.plot_optimization_history(study, **target),
    }
    if len(study.directions) == 2:
        drawn["pareto"] = lambda: plots.plot_pareto_front(
            study, target_names=[LABEL, "cost (GFLOP a member)"]
        )
    return drawn


def _save(plot: Callable[[], Any], path: Path) -> None:
    import matplotlib.pyplot as plt
    import numpy as np

    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            axes = plot()
            figure = np.ravel(axes)[0].figure
            figure.savefig(path, dpi=120, bbox_inches="tight", facecolor="white")
    finally:
        plt.close("all")


def _resize(axes: Any, width: float, height: float) -> None:
    import numpy as np

    np.ravel(axes)[0].figure.set_size_inches(max(width, 5), max(height, 3.4))

"""Two models answer the same observations; maps show where their answers differ."""

from dataclasses import dataclass
from itertools import islice
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

from thermocline.config import Config
from thermocline.errors import BadFile, ThermoclineError
from thermocline.observe import Observations
from thermocline.ocean.anomalies import AnomalyProblem
from thermocline.systems.paths import StagePaths
from thermocline.systems.reconstruct.config import settings
from thermocline.systems.reconstruct.data.cases import EvaluationSet
from thermocline.systems.reconstruct.data.states import States
from thermocline.systems.reconstruct.endpoints.analysis import Answer, analyse
from thermocline.verify.board.text import date
from thermocline.verify.figures.differences import fig_differences

if TYPE_CHECKING:
    from thermocline.systems.reconstruct.model.method import Reconstructor

DEPTHS = (5.0, 100.0, 500.0)
"""Metres; the levels nearest to these are drawn."""


@dataclass(frozen=True)
class Question:
    """Observations of one month, and where they come from in words."""

    observations: Observations
    month: str
    title: str


@dataclass(frozen=True)
class DifferenceMaps:
    """A written figure, and the numbers in its title: in °C, over all levels, by cell area."""

    path: Path
    rms_difference: float
    mean_std: tuple[float, float]


def example(config: Config) -> Question:
    """A held-out month of the prepared store, observed at the middle density of columns.

    Raises:
        BadFile: if the store is not here.
    """
    path = StagePaths("reconstruct", config).store
    if not path.is_file():
        raise BadFile(
            "no prepared data to draw maps with",
            where=str(path),
            fix="run `dvc repro prepare`, or give --observations FILE (and --date)",
        )
    store = States.open(path)
    densities = sorted(settings(config).evaluate.densities)
    density = densities[len(densities) // 2]
    evaluation_set = EvaluationSet(store, config, "test")
    middle = len(evaluation_set.names) // 2
    case = next(islice(evaluation_set.columns(density), middle, None))
    return Question(
        as_observations(case.problem, store),
        case.problem.case.rpartition("/")[2],
        f"{100 * density:g} % of columns observed, in a held-out month",
    )


def asked_of_a_file(file: Path, date: str | None, model: "Reconstructor") -> Question:
    """The observations of a file, as the model takes them."""
    from thermocline.systems.reconstruct.endpoints.tables import read_observations

    observations, month, _ = read_observations(file, model.depth, date, model.contract.window)
    return Question(observations, str(month), file.name)


def as_observations(problem: AnomalyProblem, store: States) -> Observations:
    """The observed cells of a problem as points in °C; each model applies its own error."""
    level, row, column = np.nonzero(problem.observed)
    celsius = store.statistics.denormalise(problem.y, problem.month)[level, row, column]
    grid = store.grid
    return Observations.checked(
        grid.latitude[row], grid.longitude[column], store.depth[level], celsius
    )


def difference_maps(
    folder: str | Path,
    ours: "Reconstructor",
    theirs: "Reconstructor",
    names: tuple[str, str],
    question: Question,
    *,
    members: int | None = None,
) -> DifferenceMaps:
    """Write `differences.png` to `folder`: A − B of the means, and both stated uncertainties.

    Args:
        names: what readers call the two, short.
        members: ensemble size of both; each model's default if None.

    Raises:
        ThermoclineError: if the two models have other grids or levels.
    """
    if not ours.grid.same(theirs.grid) or not np.array_equal(ours.depth, theirs.depth):
        raise ThermoclineError(
            "the two models have other grids or levels, and their answers cannot be subtracted",
            where=" and ".join(names),
            fix="leave --maps out, or compare models of one grid",
        )
    answers = [
        analyse(model, question.observations, question.month, members) for model in (ours, theirs)
    ]
    area = ours.grid.cell_area()
    gap = np.sqrt(_mean((answers[0].mean - answers[1].mean) ** 2, area))
    spread = (_mean(answers[0].std, area), _mean(answers[1].std, area))
    found = f"they differ by {gap:.3f} °C (root-mean-square)" if gap else "no difference"
    title = (
        f"{names[0]} and {names[1]} answer the same observations: {found}\n"
        f"{date(answers[0].month)}: {question.title}. Mean stated uncertainty {spread[0]:.3f} and "
        f"{spread[1]:.3f} °C over all levels"
    )
    path = fig_differences(
        Path(folder) / "differences.png",
        ours.grid,
        ours.depth,
        (answers[0].mean, answers[1].mean),
        (answers[0].std, answers[1].std),
        names,
        observed=_where(question.observations, ours, answers[0]),
        at=DEPTHS,
        title=title,
    )
    return DifferenceMaps(path, float(gap), spread)


def _where(observations: Observations, model: "Reconstructor", answer: Answer) -> NDArray[np.bool_]:
    """Cells with an observation at the level nearest to it, [C, H, W]."""
    row, column = model.grid.locate(observations.latitude, observations.longitude)
    level = np.abs(model.depth[:, None] - observations.depth).argmin(axis=0)
    found = np.zeros(answer.mean.shape, bool)
    found[level, row, column] = True
    return found & np.isfinite(answer.mean)


def _mean(field: NDArray, area: NDArray) -> float:
    """Mean over the sea of every level [C, H, W], weighted by cell area."""
    weight = np.where(np.isfinite(field), area, 0.0)
    return float((np.nan_to_num(field) * weight).sum() / weight.sum())

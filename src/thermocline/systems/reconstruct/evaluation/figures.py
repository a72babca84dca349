"""The figures of a report: one month as an example, and what all cases say."""

from collections.abc import Sequence
from pathlib import Path

import numpy as np

from thermocline.baselines.ensemble_oi import EnsembleOI
from thermocline.ocean.grid import LatLonGrid
from thermocline.ocean.problem import Analysis
from thermocline.ocean.statistics import Statistics
from thermocline.systems.cases import Case
from thermocline.systems.reconstruct.evaluation.sections import fig_profile, fig_section
from thermocline.verify.calibration import fig_rank_histogram, fig_spectra
from thermocline.verify.comparison import fig_by_basin, fig_by_depth, fig_summary
from thermocline.verify.maps import fig_maps
from thermocline.verify.scoreboard import Board
from thermocline.verify.spectra import zonal_spectrum


def draw_figures(
    folder: Path,
    board: Board,
    case: Case,
    answer: Analysis,
    ensemble: EnsembleOI,
    statistics: Statistics,
    grid: LatLonGrid,
    depth: Sequence[float],
) -> None:
    """Draw everything into `folder`; `case` with its `answer` is the example."""
    folder.mkdir(parents=True, exist_ok=True)
    fig_summary(folder / "summary.png", board)
    fig_by_depth(folder / "by_depth.png", board, depth)
    fig_by_basin(folder / "by_basin.png", board)
    fig_rank_histogram(folder / "rank_histogram.png", board)
    draw_example(folder, case, answer, statistics, grid, depth)
    draw_spectra(folder, case, answer, ensemble, statistics, grid)


def draw_example(
    folder: Path,
    case: Case,
    answer: Analysis,
    statistics: Statistics,
    grid: LatLonGrid,
    depth: Sequence[float],
) -> None:
    """Maps at three depths, a section along the equator, and the profile hardest to get right."""
    problem, month = case.problem, case.problem.month
    sea = problem.ocean
    degrees = lambda anomaly: np.where(sea, statistics.denormalise(anomaly, month), np.nan)
    truth, mean = degrees(case.truth), degrees(answer.mean)
    std = None if answer.std is None else np.where(sea, answer.std * statistics.std, np.nan)
    observations = np.where(problem.observed, degrees(problem.y), np.nan)
    name = f"{problem.case}, {case.density:.1%} of columns observed"
    fig_maps(folder / "maps.png", grid, depth, truth, observations, mean, std, title=name)
    anomaly = lambda field: np.where(sea, field * statistics.std, np.nan)
    fig_maps(
        folder / "anomalies.png",
        grid,
        depth,
        anomaly(case.truth),
        np.where(problem.observed, anomaly(problem.y), np.nan),
        anomaly(answer.mean),
        std,
        anomaly=True,
        title=f"{name}: departure from climatology",
    )
    fig_section(
        folder / "section.png",
        grid,
        depth,
        truth,
        mean,
        std,
        observed=problem.observed,
        title=f"{name}: along the equator",
    )
    row, column = _telling_place(case)
    members = None if answer.members is None else degrees(answer.members)[:, :, row, column]
    fig_profile(
        folder / "profile.png",
        depth,
        truth[:, row, column],
        mean[:, row, column],
        None if std is None else std[:, row, column],
        members=members,
        climatology=degrees(np.zeros_like(case.truth))[:, row, column],
        title=f"{problem.case} at {_place(grid, row, column)}, not observed",
    )


def draw_spectra(
    folder: Path,
    case: Case,
    answer: Analysis,
    ensemble: EnsembleOI,
    statistics: Statistics,
    grid: LatLonGrid,
    level: int = 0,
) -> None:
    """Zonal spectra of the surface: truth, mean, one member, and the ensemble OI."""
    sea = case.problem.ocean[level]
    fields = {
        "Truth": case.truth,
        "Reconstruction": answer.mean,
        "Ensemble OI": ensemble.analyse(case.problem).mean,
    }
    if answer.members is not None:
        fields["One member"] = answer.members[0]
    weight = np.cos(np.radians(grid.latitude))
    power = {}
    wavenumber = np.zeros(0)
    for name, field in fields.items():
        celsius = field[level] * statistics.std[level]
        wavenumber, power[name] = zonal_spectrum(celsius, sea, weight)
    fig_spectra(folder / "spectra.png", wavenumber, power)


def _telling_place(case: Case) -> tuple[int, int]:
    """The unobserved full column whose truth is furthest from climatology."""
    full = case.problem.ocean.all(axis=0) & ~case.problem.observed.any(axis=0)
    size = np.where(full, np.abs(case.truth).mean(axis=0), -1)
    row, column = np.unravel_index(int(size.argmax()), size.shape)
    return int(row), int(column)


def _place(grid: LatLonGrid, row: int, column: int) -> str:
    lat, lon = grid.latitude[row], grid.longitude[column]
    return f"{abs(lat):.0f}°{'N' if lat >= 0 else 'S'} {abs(lon):.0f}°{'E' if lon >= 0 else 'W'}"

"""The figures of a report: one month as an example, and what all cases say."""

from pathlib import Path

import numpy as np
from numpy.typing import NDArray
from scipy.spatial import cKDTree

from thermocline.baselines.ensemble.oi import EnsembleOI
from thermocline.ocean.case import Case
from thermocline.ocean.latlon import LatLonGrid
from thermocline.ocean.problem import Analysis
from thermocline.ocean.sphere import EARTH_RADIUS, unit_vectors
from thermocline.systems.reconstruct.data.states import States
from thermocline.systems.reconstruct.evaluation.scales import fig_spectra
from thermocline.systems.reconstruct.evaluation.sections import fig_profile, fig_section
from thermocline.verify.board.scoreboard import Board
from thermocline.verify.board.text import date
from thermocline.verify.figures.calibration import fig_rank_histogram
from thermocline.verify.figures.comparison import fig_by_basin, fig_by_depth, fig_summary
from thermocline.verify.figures.maps import fig_maps
from thermocline.verify.figures.style import latitude_label, longitude_label
from thermocline.verify.metrics.spectra import zonal_spectrum

FAR_KM = 500.0
"""Kilometres from the nearest observation at which a column is far from all."""


def draw_figures(
    folder: Path,
    board: Board,
    case: Case,
    answer: Analysis,
    ensemble: EnsembleOI,
    store: States,
) -> None:
    """Draw everything into `folder`; `case` with its `answer` is the example."""
    folder.mkdir(parents=True, exist_ok=True)
    fig_summary(folder / "summary.png", board)
    fig_by_depth(folder / "by_depth.png", board, store.depth)
    fig_by_basin(folder / "by_basin.png", board)
    fig_rank_histogram(folder / "rank_histogram.png", board)
    draw_example(folder, case, answer, store)
    draw_spectra(folder, case, answer, ensemble, store)


def draw_example(folder: Path, case: Case, answer: Analysis, store: States) -> None:
    """Maps at three depths, a section along the equator, and a typical unobserved profile."""
    statistics, grid, depth = store.statistics, store.grid, store.depth
    problem, month = case.problem, case.problem.month
    sea = problem.ocean
    degrees = lambda anomaly: np.where(sea, statistics.denormalise(anomaly, month), np.nan)
    truth, mean = degrees(case.truth), degrees(answer.mean)
    std = None if answer.std is None else np.where(sea, answer.std * statistics.std, np.nan)
    observations = np.where(problem.observed, degrees(problem.y), np.nan)
    name = f"{in_words(problem.case)}, {100 * case.density:g} % of columns observed"
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
    (row, column), rule = typical_place(case, mean - truth, grid)
    place = f"{latitude_label(grid.latitude[row].round())} "
    place += longitude_label(grid.longitude[column].round())
    members = None if answer.members is None else degrees(answer.members)[:, :, row, column]
    fig_profile(
        folder / "profile.png",
        depth,
        truth[:, row, column],
        mean[:, row, column],
        None if std is None else std[:, row, column],
        members=members,
        climatology=degrees(np.zeros_like(case.truth))[:, row, column],
        title=f"{in_words(problem.case)}, at {place}: {rule}",
    )


def draw_spectra(
    folder: Path, case: Case, answer: Analysis, ensemble: EnsembleOI, store: States
) -> None:
    """Zonal spectra of the surface: truth, mean, one member, and the ensemble OI."""
    fields = {"Truth": case.truth, "Reconstruction": answer.mean}
    if answer.members is not None:
        fields["One member"] = answer.members[0]
    fields["Ensemble OI"] = ensemble.analyse(case.problem).mean
    weight, sea = np.cos(np.radians(store.grid.latitude)), case.problem.ocean[0]
    spectra = {
        name: zonal_spectrum(field[0] * store.statistics.std[0], sea, weight)
        for name, field in fields.items()
    }
    wavenumber = spectra["Truth"][0]
    of = f"{in_words(case.problem.case)}, {100 * case.density:g} % of columns observed, at "
    of += f"{store.depth[0]:g} m"
    powers = {name: power for name, (_, power) in spectra.items()}
    fig_spectra(folder / "spectra.png", wavenumber, powers, of)


def in_words(case: str) -> str:
    """Such as `December 2009, withheld truth` for `truth/2009-12`."""
    member, _, month = case.rpartition("/")
    return f"{date(month)}, {'withheld truth' if member == 'truth' else f'member {member}'}"


def typical_place(case: Case, error: NDArray, grid: LatLonGrid) -> tuple[tuple[int, int], str]:
    """Row and column of the median error far from observations, and that in words.

    Of the columns of full depth that have no observation within `FAR_KM`, the one whose RMSE over
    its levels is the median; of all that are not observed, if none is so far.

    Args:
        error: of the answer [C, H, W].
    """
    seen = case.problem.observed.any(axis=0)
    full = case.problem.ocean.all(axis=0) & ~seen
    place = unit_vectors(*grid.centres())
    rule, chosen = "of those not observed", full
    if seen.any():
        chord = cKDTree(place[seen]).query(place[full])[0]
        distant = np.zeros_like(full)
        distant[full] = 2 * EARTH_RADIUS / 1000 * np.arcsin(np.clip(chord / 2, 0, 1)) > FAR_KM
        if distant.any():
            rule, chosen = f"of those with no observation within {FAR_KM:g} km", distant
    rows, columns = np.nonzero(chosen)
    size = (np.nan_to_num(error) ** 2).mean(axis=0)[rows, columns]
    middle = int(np.argsort(size, kind="stable")[(size.size - 1) // 2])
    return (int(rows[middle]), int(columns[middle])), f"the profile of median error {rule}"

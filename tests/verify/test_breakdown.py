"""What a row says by depth, by basin and by rank, recomputed cell by cell."""

import json
from dataclasses import asdict, replace

import numpy as np
import pytest

from thermocline.ocean.anomalies import AnomalyProblem
from thermocline.ocean.basins import BASINS
from thermocline.ocean.latlon import LatLonGrid
from thermocline.ocean.problem import Analysis
from thermocline.ocean.statistics import Statistics
from thermocline.systems.reconstruct.evaluation.score import score_case
from thermocline.verify.board.boardfiles import read_board, write_board
from thermocline.verify.board.breakdown import breakdown
from thermocline.verify.board.scoreboard import Board, Context
from thermocline.verify.metrics.ranks import flatness
from thermocline.verify.metrics.scores import pool
from thermocline.verify.metrics.sums import basin_index

GRID = LatLonGrid.regular(16, 32)
SHAPE = (2, *GRID.shape)
OCEAN = np.ones(SHAPE, bool)
OCEAN[:, 6:10, 3:9] = False
OCEAN[1] &= basin_index(GRID) != BASINS.index("Arctic")  # shallow: no water at the second level
STD = np.stack([np.full(GRID.shape, 0.5), np.full(GRID.shape, 2.0)]).astype(np.float32)
MEMBERS = 5


def case(number: int, spread: bool = True):
    rng = np.random.default_rng(number)
    truth = rng.standard_normal(SHAPE).astype(np.float32)
    members = (0.5 * truth + 0.7 * rng.standard_normal((MEMBERS, *SHAPE))).astype(np.float32)
    zero = np.zeros(SHAPE, np.float32)
    problem = AnomalyProblem(zero, zero + 1, OCEAN & False, OCEAN, 1, f"truth/2008-{number:02d}")
    statistics = Statistics(np.zeros((12, *SHAPE), np.float32), STD, OCEAN)
    answer = Analysis(members.mean(axis=0), None, members if spread else None)
    score = score_case(
        answer,
        problem,
        truth,
        statistics,
        GRID.cell_area(),
        basins=basin_index(GRID),
        rng=rng,
    )
    return score, (members - truth) * STD


@pytest.fixture(scope="module")
def scored():
    return [case(number) for number in (1, 2, 3)]


def test_every_level_and_basin_by_hand(scored) -> None:
    found = breakdown(pool([score for score, _ in scored]))
    errors = np.stack([members for _, members in scored]).astype(np.float64)
    mean, variance = errors.mean(axis=1), errors.var(axis=1, ddof=1)
    area = np.broadcast_to(GRID.cell_area(), SHAPE)
    for name, place, chosen in [
        *(("depth", level, np.arange(2)[:, None, None] == level) for level in range(2)),
        *(("basin", b, (basin_index(GRID) == i)[None]) for i, b in enumerate(BASINS)),
    ]:
        weight = np.broadcast_to(np.where(chosen & OCEAN, area, 0), mean.shape)
        average = lambda values, w=weight: np.average(values, weights=w)
        assert found[f"rmse_by_{name}"][place] == pytest.approx(average(mean**2) ** 0.5)
        assert found[f"bias_by_{name}"][place] == pytest.approx(
            average(mean), abs=1e-6
        )  # of float32
        ratio = np.sqrt((1 + 1 / MEMBERS) * average(variance) / average(mean**2))
        assert found[f"spread_skill_by_{name}"][place] == pytest.approx(ratio, rel=1e-5)
        assert found[f"crps_by_{name}"][place] > 0
    assert sum(found["ranks"]) == 3 * OCEAN[:, ::4, ::4].sum()


def test_the_board_tests_the_histogram_over_blocks_of_cases(scored) -> None:
    scores = [score for score, _ in scored]
    tables = pool(scores).tables
    context = Context.of(GRID, [5, 100], OCEAN, "2005-2009")
    board = Board("reconstruct", context, 50, block=3)  # of three cases there are no two blocks
    row = board.add("thermocline", "columns", 0.02, scores, variable="thetao")
    assert row.extra["flatness"] == asdict(flatness(tables))
    more = [*scores, *(case(number)[0] for number in (11, 12, 13))]
    more = [replace(score, case=f"r1/2005-{month:02d}") for month, score in enumerate(more, 1)]
    found = board.add("thermocline", "columns", 0.02, more, variable="thetao").extra["flatness"]
    assert found == asdict(flatness(pool(more).tables, blocks=np.repeat([0, 1], 3)))
    assert found["p"] != flatness(pool(more).tables).p
    counts = np.array(row.extra["ranks"])
    expected = counts.sum() / (MEMBERS + 1)
    assert row.extra["flatness"]["chi2"] == pytest.approx(
        ((counts - expected) ** 2).sum() / expected
    )
    assert row.extra["flatness"]["degrees"] == MEMBERS


def test_no_water_and_no_spread() -> None:
    score, _ = case(1, spread=False)
    found = breakdown(score)
    assert "ranks" not in found and "spread_skill_by_depth" not in found
    dry = AnomalyProblem(
        np.zeros(SHAPE, np.float32),
        np.ones(SHAPE, np.float32),
        OCEAN & False,
        OCEAN & (np.arange(2) == 0)[:, None, None],
        1,
        "c",
    )
    statistics = Statistics(np.zeros((12, *SHAPE), np.float32), STD, OCEAN)
    zero = np.zeros(SHAPE, np.float32)
    score = score_case(Analysis(zero), dry, zero + 1, statistics, GRID.cell_area())
    found = breakdown(score)
    assert np.isnan(found["rmse_by_depth"][1]) and "rmse_by_basin" not in found


def test_the_written_board_holds_it_and_reads_boards_without(scored, tmp_path) -> None:
    board = Board("reconstruct", Context.of(GRID, [5, 100], OCEAN, "2005-2009"), resamples=50)
    board.add("thermocline", "columns", 0.02, [score for score, _ in scored], variable="thetao")
    write_board(board, tmp_path)
    row = read_board(tmp_path).rows[0]
    assert row.extra["ranks"] == board.rows[0].extra["ranks"]
    assert row.extra["spread_skill_by_basin"].keys() == set(BASINS)
    before = json.loads((tmp_path / "scoreboard.json").read_text())
    added = ("bias_by", "crps_by", "spread_skill_by", "ranks", "flatness")
    old = [{k: v for k, v in record.items() if not k.startswith(added)} for record in before]
    (tmp_path / "scoreboard.json").write_text(json.dumps(old))
    row = read_board(tmp_path).rows[0]
    assert not {"ranks", "flatness"} & row.extra.keys() and len(row.extra["rmse_by_depth"]) == 2

"""Boards are written, read back, shown, and compared only where that means something."""

import json
from dataclasses import replace

import numpy as np
import pytest

from thermocline.errors import BadData, BadFile, ThermoclineError
from thermocline.ocean.anomalies import AnomalyProblem
from thermocline.ocean.latlon import LatLonGrid
from thermocline.ocean.problem import Analysis
from thermocline.ocean.statistics import Statistics
from thermocline.systems.reconstruct.evaluation.presentation import presentation
from thermocline.systems.reconstruct.evaluation.score import score_case
from thermocline.verify.board.boardfiles import read_board, write_board
from thermocline.verify.board.console import show, show_summary
from thermocline.verify.board.scoreboard import Board, Context, compare
from thermocline.verify.metrics.sums import basin_index

GRID = LatLonGrid.regular(16, 32)
SHAPE = (2, *GRID.shape)
OCEAN = np.ones(SHAPE, bool)
OCEAN[:, 6:10, 3:9] = False
KEYS = [
    "system",
    "method",
    "protocol",
    "density",
    "variable",
    "rmse",
    "rmse_ci",
    "bias",
    "crps",
    "crps_ci",
    "spread_skill",
    "evaluations",
    "seconds",
    "members",
    "cases",
]
QUALITY = {"climatology": 1.0, "oi": 0.7, "thermocline": 0.5, "reconmost": 0.6}


def scores(method, cases=6, observed=0.075):
    found = []
    for case in range(cases):
        rng = np.random.default_rng(case)
        truth = rng.standard_normal(SHAPE).astype(np.float32)
        mask = (rng.random(SHAPE) < observed) & OCEAN
        zero = np.zeros(SHAPE, np.float32)
        problem = AnomalyProblem(
            zero, zero + 1, mask, OCEAN, 1 + case, f"truth/2008-{1 + case:02d}"
        )
        mean = (1 - QUALITY[method]) * truth
        members = None
        if method == "thermocline":
            members = mean + QUALITY[method] * rng.standard_normal((4, *SHAPE)).astype(np.float32)
        statistics = Statistics(np.zeros((12, *SHAPE), np.float32), zero + 1, OCEAN)
        analysis = Analysis(mean, None, members, 16 if members is not None else 0, 0.5)
        area = GRID.cell_area()
        basins = basin_index(GRID)
        found.append(score_case(analysis, problem, truth, statistics, area, basins=basins))
    return found


def make_board(ocean=OCEAN, period="2005-2009"):
    context = Context.of(GRID, [5, 100], ocean, period)
    board = Board("reconstruct", context, resamples=200, presentation=presentation(context))
    for protocol, density in (("columns", 0.02), ("columns", 0.005), ("cells", 0.075)):
        for method in QUALITY:
            cases = 2 if method == "reconmost" else 6
            note = "on 2 of 6 months, being dear" if method == "reconmost" else ""
            board.add(
                method, protocol, density, scores(method, cases), variable="thetao", note=note
            )
    return board


@pytest.fixture(scope="module")
def board():
    return make_board()


@pytest.fixture(scope="module")
def folder(board, tmp_path_factory):
    path = tmp_path_factory.mktemp("board")
    write_board(board, path)
    return path


def test_the_file_is_a_list_of_objects_with_the_stated_keys(folder, board):
    text = (folder / "scoreboard.json").read_text()
    records = json.loads(text)
    assert isinstance(records, list) and len(records) == 12
    assert "NaN" not in text and "Infinity" not in text
    for record in records:
        assert list(record)[:15] == KEYS
        assert {"mse_guidance", "mse_reconstruction", "mse_total"} <= set(record)
        assert {"grid", "mask_digest", "period", "valid_cells"} <= set(record)
        assert record["valid_cells"] == int(OCEAN.sum()) and record["period"] == "2005-2009"
        assert record["rmse_ci"][0] <= record["rmse"] <= record["rmse_ci"][1]
        assert record["system"] == "reconstruct" and record["variable"] == "thetao"
        assert len(record["rmse_by_depth"]) == 2 and len(record["rmse_by_basin"]) == 7
    ours = next(r for r in records if r["method"] == "thermocline")
    assert ours["members"] == 4 and ours["evaluations"] == 16 and ours["cases"] == 6
    assert ours["spread_skill"] is not None
    assert set(ours["versus"]) == {"climatology", "oi", "reconmost"}


def test_rows_are_the_pooled_scores(board):
    row = next(r for r in board.rows if r.method == "oi" and r.protocol == "cells")
    errors = [score.mse for score in scores("oi")]
    assert row.rmse == pytest.approx(np.sqrt(np.mean(errors)), rel=1e-9)
    expected = 0.075 * row.extra["mse_guidance"] + 0.925 * row.extra["mse_reconstruction"]
    assert row.extra["mse_total"] == pytest.approx(expected, rel=1e-12)


def test_every_case_is_kept_for_the_promotion_gate(folder):
    cases = json.loads((folder / "cases.json").read_text())
    assert len(cases) == 3 * (3 * 6 + 2)
    needed = {"system", "method", "protocol", "density", "case", "rmse", "mse", "crps"}
    for case in cases:
        assert needed <= set(case)
        assert case["rmse"] == pytest.approx(np.sqrt(case["mse"]))


def test_ratios_are_paired_and_over_shared_cases(board):
    ratios = {r.reference: r for r in board.ratios() if r.group == ("cells", 0.075, "thetao")}
    assert ratios["oi"].rmse.ratio.estimate == pytest.approx(0.5 / 0.7, rel=1e-5)
    assert ratios["oi"].rmse.decision == "better" and ratios["oi"].cases == 6
    assert ratios["reconmost"].cases == 2
    assert ratios["climatology"].rmse.ratio.estimate == pytest.approx(0.5, rel=1e-5)
    back = board.ratios("oi", "thermocline")[0]
    assert back.rmse.decision == "worse"


def test_what_is_read_is_what_was_written(folder, board, tmp_path):
    again = read_board(folder)
    assert again.system == "reconstruct" and again.context == board.context
    write_board(again, tmp_path)
    for name in ("scoreboard.json", "scoreboard.md", "cases.json"):
        assert (tmp_path / name).read_bytes() == (folder / name).read_bytes()
    assert sorted(p.name for p in tmp_path.iterdir()) == [
        "cases.json",
        "scoreboard.json",
        "scoreboard.md",
    ]


def test_a_method_scored_again_replaces_its_row():
    board = make_board()
    board.add("oi", "cells", 0.075, scores("oi", 3), variable="thetao")
    assert len(board.rows) == 12
    assert sum(c["method"] == "oi" and c["protocol"] == "cells" for c in board.cases) == 3


def test_the_report_reads_well(folder):
    text = (folder / "scoreboard.md").read_text()
    assert text.index("0.5 % of columns") < text.index("2 % of columns") < text.index("7.5 % of")
    assert "Thermocline | **0." in text and "Optimal interpolation, per level" in text
    assert "RMSE (°C)" in text and "MSE total (°C²)" in text
    assert "ReconMOST (published preset) †" in text and "on 2 of 6 months" in text


def test_the_console_shows_all_methods_and_intervals(board, capsys, monkeypatch):
    monkeypatch.setenv("COLUMNS", "80")
    show(board)
    text = capsys.readouterr().out
    for name in ("Thermocline", "Climatology", "OI per level", "ReconMOST †"):
        assert name in text
    assert "…" not in text and "[0." in text


def test_each_score_is_compared_with_the_best_other_by_that_score(board, capsys, monkeypatch):
    """Not the CRPS with that of whichever has the least RMSE."""
    monkeypatch.setenv("COLUMNS", "80")
    (group, rows), *_ = board.groups()
    best, *_, worst = (row for row in rows if row.method != "thermocline")
    rows = [replace(row, crps=1e-3) if row is worst else row for row in rows]
    monkeypatch.setattr(type(board), "groups", lambda _: [(group, rows)])
    show_summary(board)
    (line,) = (line for line in capsys.readouterr().out.splitlines() if line.count("over ") == 2)
    rmse, crps = (board.presentation.spoken(row.method) for row in (best, worst))
    assert [part.strip() for part in line.split("over ")[1:]] == [rmse, crps] and rmse != crps


@pytest.mark.parametrize("what", ["mask_digest", "grid", "period", "valid_cells", "truth"])
def test_boards_that_differ_refuse_to_be_compared(board, what):
    other = make_board()
    if what in ("mask_digest", "valid_cells"):
        fewer = OCEAN.copy()
        fewer[0, 0, 0] = False
        if what == "mask_digest":  # as many cells, elsewhere
            fewer[0, 7, 5] = True
        other.context = Context.of(GRID, [5, 100], fewer, "2005-2009")
    elif what == "grid":
        other.context = Context.of(GRID, [5, 200], OCEAN, "2005-2009")
    elif what == "period":
        other.context = replace(board.context, period="2000-2004")
    else:
        older = compare(make_board(), other)  # boards that do not name their truth
        assert older and compare(replace(other, context=replace(board.context, truth="a")), other)
        other.context = replace(board.context, truth="b")
        board = replace(board, context=replace(board.context, truth="a"))
    with pytest.raises(ThermoclineError, match=what):
        compare(board, other)


def test_boards_that_agree_are_compared(board):
    other = make_board()
    better = scores("thermocline")
    other.add("oi", "cells", 0.075, better, variable="thetao")
    found = {(r.candidate, r.protocol, r.density): r for r in compare(board, other)}
    assert len(found) == 12
    assert found["oi", "cells", 0.075].rmse.decision == "better"
    assert found["climatology", "cells", 0.075].rmse.decision == "undecided"


def test_nonsense_is_refused(tmp_path):
    board = make_board()
    with pytest.raises(BadData, match="protocol 'swaths'"):
        board.add("oi", "swaths", 0.1, scores("oi", 1), variable="thetao")
    with pytest.raises(BadData, match="twice"):
        board.add("oi", "cells", 0.075, scores("oi", 1) * 2, variable="thetao")
    with pytest.raises(BadFile, match="cannot be read"):
        read_board(tmp_path)
    (tmp_path / "cases.json").write_text("[]")
    (tmp_path / "scoreboard.json").write_text('[{"system": "reconstruct"}]')
    with pytest.raises(BadFile, match="not a scoreboard"):
        read_board(tmp_path)


def test_a_single_case_has_no_interval(tmp_path):
    board = Board("reconstruct", Context.of(GRID, [5, 100], OCEAN, "2008"))
    row = board.add("reconmost", "cells", 0.075, scores("reconmost", 1), variable="thetao")
    board.add("thermocline", "cells", 0.075, scores("thermocline", 1), variable="thetao")
    assert row.rmse_ci is None and row.crps_ci is None
    write_board(board, tmp_path)
    assert read_board(tmp_path).rows[0].rmse_ci is None

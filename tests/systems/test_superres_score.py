"""Super-resolved days: every number is the one its definition gives, and pools exactly."""

import json
from dataclasses import replace

import numpy as np
import pytest

import plain_metrics as metrics
from thermocline.errors import BadData
from thermocline.ocean.blocks import block_mean
from thermocline.ocean.downscaling import LowResolution
from thermocline.ocean.gradient import gradient_magnitude
from thermocline.ocean.latlon import LatLonGrid
from thermocline.ocean.problem import Analysis
from thermocline.systems.superres.evaluation.board import context_of
from thermocline.systems.superres.evaluation.presentation import presentation
from thermocline.systems.superres.evaluation.scoring import score_downscaled
from thermocline.verify.board.boardfiles import read_board, records_of, write_board
from thermocline.verify.board.scoreboard import Board
from thermocline.verify.metrics import probabilistic
from thermocline.verify.metrics.gradients import EDGES, distance, histogram, quantile
from thermocline.verify.metrics.scores import pool
from thermocline.verify.metrics.sums import basin_index

H, W, FACTOR, MEMBERS = 40, 60, 5, 6
GRIDS = {
    "gulf_stream": LatLonGrid(35 + 0.05 * np.arange(H), -70 + 0.05 * np.arange(W)),
    "agulhas": LatLonGrid(-42 + 0.05 * np.arange(H), 18 + 0.05 * np.arange(W)),
}
OCEAN = np.ones((H, W), bool)
OCEAN[:14, :13] = False
OCEAN[30, 40:44] = False


def a_case(region="gulf_stream", day=0, error=0.3, ocean=OCEAN, members=MEMBERS):
    """A problem, its truth, and an ensemble from the distribution that the truth is from."""
    from scipy.ndimage import gaussian_filter

    grid = GRIDS[region]
    rng = np.random.default_rng([day, len(region)])
    smooth = lambda n: gaussian_filter(rng.standard_normal((n, H, W)), (0, 2, 2)) * 7
    base = 15 + smooth(1)[0]
    drawn = base + error * smooth(members + 1)
    truth, fields = np.where(ocean, drawn[0], np.nan), np.where(ocean, drawn[1:], 0.0)
    area = np.where(ocean, grid.cell_area(), 0)
    value = block_mean(np.where(ocean, truth, 0.0), area, FACTOR)
    date = np.datetime64("2008-03-01") + day
    problem = LowResolution(
        value.astype(np.float32),
        np.where(np.isfinite(value), 0.2, 1.0).astype(np.float32),
        ocean,
        grid,
        FACTOR,
        date,
        region,
        f"{region}/{date}",
    )
    answer = Analysis(fields.mean(axis=0)[None], None, fields[:, None], 5, 0.1)
    return answer, problem, truth


def score(*arguments, **keywords):
    settings = {"rng": np.random.default_rng(0), "thin": 1, "box": 20} | keywords
    return score_downscaled(*arguments, **settings)


def test_every_number_is_that_of_its_definition():
    answer, problem, truth = a_case()
    found = score(answer, problem, truth)
    weight = np.where(OCEAN, problem.grid.cell_area(), 0)
    mean, members = answer.mean[0], answer.members[:, 0]
    assert found.rmse == pytest.approx(metrics.rmse(mean, truth, weight))
    assert found.bias == pytest.approx(metrics.bias(mean, truth, weight))
    crps = probabilistic.crps_ensemble(members, truth)
    assert found.crps == pytest.approx(metrics.weighted_mean(crps, weight))
    slope = lambda field: gradient_magnitude(field, problem.grid, OCEAN)
    assert found.gradient_rmse == pytest.approx(metrics.rmse(slope(mean), slope(truth), weight))
    row = found.extra([found])
    sharp = slope(members).mean(axis=0)
    assert row["sharp_rmse"] == pytest.approx(metrics.rmse(sharp, slope(truth), weight))
    variance = metrics.weighted_mean((truth - metrics.weighted_mean(truth, weight)) ** 2, weight)
    assert row["r2"] == pytest.approx(1 - found.mse / variance)
    span = np.nanmax(truth) - np.nanmin(truth)
    assert row["psnr"] == pytest.approx(10 * np.log10(span**2 / found.mse))
    assert row["published"]["rmse"] == pytest.approx(np.sqrt(np.nanmean((mean - truth) ** 2)))
    assert found.ranks.sum() == OCEAN.sum() and found.tables.shape == (1, 7, 7)
    assert 0.7 < found.spread_skill < 1.3  # truth and members are drawn alike


def test_a_perfect_answer():
    _, problem, truth = a_case()
    perfect = Analysis(np.where(OCEAN, truth, 0)[None])
    found = score(perfect, problem, truth)
    row = found.extra([found])
    assert found.rmse == found.crps == found.gradient_rmse == 0 and found.spread_skill is None
    assert row["r2"] == row["gradient_r2"] == 1 and row["psnr"] == np.inf
    assert row["ssim"] == pytest.approx(1) and row["gradient_ssim"] == pytest.approx(1)
    assert row["share_of_power"]["mean"]["decade"] == 1
    assert row["gradient_distance"]["mean"] == 0 and row["gradient_quantiles"]["mean"] == [
        1,
        1,
        1,
        1,
    ]
    assert row["effective_resolution"] == pytest.approx(2 * 0.05 * 111.19, rel=1e-3)  # Nyquist
    assert found.consistency()[0] < 1e-5
    assert "member" not in row["share_of_power"] and "sharp_rmse" not in row


def test_land_is_never_read():
    answer, problem, truth = a_case()
    found = score(answer, problem, truth)
    wild = lambda field: np.where(OCEAN, field, np.nan)
    again = score(Analysis(wild(answer.mean), None, wild(answer.members), 5), problem, truth)
    for name, sums in found.sums.items():
        np.testing.assert_array_equal(sums, again.sums[name], err_msg=name)
    for name, total in found.totals.items():
        np.testing.assert_array_equal(total, again.totals[name], err_msg=name)


def test_consistency_is_the_rms_of_block_means():
    _, problem, truth = a_case()
    shift = Analysis(np.where(OCEAN, truth + 0.1, 0)[None])
    rms, in_errors = score(shift, problem, truth).consistency()
    assert rms == pytest.approx(0.1, rel=1e-4) and in_errors == pytest.approx(0.5, rel=1e-4)
    within = np.zeros((H, W))
    within[::2], within[1::2] = 1, -1  # what blocks of two rows do not see
    rows = Analysis(np.where(OCEAN, truth + within, 0)[None])
    assert score(rows, problem, truth).consistency()[0] < 0.25


def test_a_gaussian_and_a_point_state_what_they_can():
    answer, problem, truth = a_case()
    gaussian = score(Analysis(answer.mean, np.full_like(answer.mean, 0.3)), problem, truth)
    expected = probabilistic.crps_gaussian(answer.mean[0], 0.3, np.where(OCEAN, truth, 0))
    weight = np.where(OCEAN, problem.grid.cell_area(), 0)
    assert gaussian.crps == pytest.approx(metrics.weighted_mean(expected, weight))
    assert gaussian.spread_skill == pytest.approx(0.3 / gaussian.rmse)
    point = score(Analysis(answer.mean), problem, truth)
    assert point.crps == point.mae and point.spread_skill is None


def test_cases_pool_as_one_field_would():
    pairs = [a_case("gulf_stream", d) for d in range(3)]
    scores = [score(*pair, basins=basin_index(pair[1].grid)) for pair in pairs]
    total = pool(scores)
    weight = np.stack([np.where(OCEAN, GRIDS["gulf_stream"].cell_area(), 0)] * 3)
    mean, truth = (
        np.stack([np.asarray(f, float) for f in fields])
        for fields in ([p[0].mean[0] for p in pairs], [p[2] for p in pairs])
    )
    assert total.rmse == pytest.approx(metrics.rmse(mean, truth, weight))
    row = total.extra(scores)
    spread = truth - metrics.weighted_mean(truth, weight)
    variance = metrics.weighted_mean(spread**2, weight)
    assert row["r2"] == pytest.approx(1 - total.mse / variance)
    summed = np.sum([s.totals["spectrum_error"] for s in scores], axis=0)
    np.testing.assert_allclose(total.totals["spectrum_error"], summed)
    assert row["published"]["psnr"] == pytest.approx(
        np.mean([s.extra([s])["published"]["psnr"] for s in scores])
    )
    assert row["rmse_by_basin"]["North Atlantic"] == pytest.approx(total.rmse)
    assert total.cases == 3 and total.region == "gulf_stream" and total.day == ""
    other = score(*pairs[0], box=40, basins=basin_index(pairs[0][1].grid))
    with pytest.raises(BadData, match="different boxes"):
        pool([scores[0], other])


def test_regions_pool_although_files_round_their_coordinates():
    answer, problem, truth = a_case("agulhas")
    rounded = (
        axis.astype(np.float32).astype(float)
        for axis in (problem.grid.latitude, problem.grid.longitude + 122)
    )
    east = replace(problem, grid=LatLonGrid(*rounded))
    scores = [score(*a_case()), score(answer, east, truth)]
    assert not np.array_equal(scores[0].wavenumber, scores[1].wavenumber)
    total = pool(scores)
    assert total.totals["boxes"] == sum(each.totals["boxes"] for each in scores)
    assert np.isfinite(total.effective_resolution)


def test_a_coast_with_no_room_for_a_box_has_no_spectra():
    ocean = OCEAN.copy()
    ocean[::5, ::5] = False
    found = score(*a_case(ocean=ocean))
    assert np.isnan(found.effective_resolution) and np.isnan(found.share_of_power("member"))
    assert np.isfinite(found.gradient_rmse) and "effective_resolution" not in found.record(0.04)


def test_a_value_missing_at_sea_is_refused():
    answer, problem, truth = a_case()
    truth[20, 20] = np.nan
    with pytest.raises(BadData, match="truth: 1 ocean values are not finite"):
        score(answer, problem, truth)


def test_gradient_histograms_have_the_quantiles_of_their_values():
    values = np.random.default_rng(0).lognormal(-3.2, 0.8, (1, 40_000))
    counts = histogram(values, np.ones(values.shape))
    assert counts.sum() == values.size
    for q in (0.05, 0.5, 0.9, 0.99):
        assert quantile(counts, q) == pytest.approx(np.quantile(values, q), rel=0.02)
    half = histogram(values / 2, np.ones(values.shape))
    assert distance(half, counts) == pytest.approx(np.log10(2), rel=1e-3)
    assert histogram(np.array([[0.0, 5.0]]), np.ones((1, 2)))[[0, -1]].tolist() == [1, 1]


@pytest.fixture(scope="module")
def board():
    cases = [a_case(region, day) for region in GRIDS for day in range(6)]
    context = context_of([p for _, p, _ in cases], "2008")
    words = presentation(context)
    board = Board("superres", context, resamples=200, block=2, presentation=words)
    for name in ("thermocline", "bicubic"):
        scores = []
        for answer, problem, truth in cases:
            if name == "bicubic":
                coarse = np.where(problem.observed, problem.value, 0)
                answer = Analysis(np.kron(coarse, np.ones((FACTOR, FACTOR)))[None])
            scores.append(score(answer, problem, truth))
        board.add(name, "blocks", 1 / FACTOR**2, scores, variable="tos")
    return board


def test_a_board_judges_gradients_too_and_draws_days_whole(board, tmp_path):
    (ratio,) = board.ratios()
    assert ratio.reference == "bicubic" and ratio.cases == 12
    assert set(ratio.verdicts) == {"rmse", "crps", "energy", "variogram", "gradient_rmse"}
    ours, plain = board.rows
    assert ratio.verdicts["gradient_rmse"].ratio.estimate == pytest.approx(
        ours.extra["gradient_rmse"] / plain.extra["gradient_rmse"]
    )
    assert ratio.rmse.ratio.estimate == pytest.approx(ours.rmse / plain.rmse)
    low, high = ours.extra["gradient_rmse_ci"]
    assert low < ours.extra["gradient_rmse"] < high
    assert {case["unit"] for case in board.cases} == {f"2008-03-0{d}" for d in range(1, 7)}
    assert set(ours.extra["regions"]) == set(GRIDS)
    write_board(board, tmp_path)
    again = read_board(tmp_path)
    assert records_of(again) == json.loads((tmp_path / "scoreboard.json").read_text())
    assert again.ratios()[0].verdicts["gradient_rmse"] == ratio.verdicts["gradient_rmse"]
    record = next(r for r in records_of(again) if r["method"] == "thermocline")
    assert {"rmse_ratio", "gradient_rmse_ratio_ci"} <= set(record["versus"]["bicubic"])
    text = (tmp_path / "scoreboard.md").read_text()
    for words in (
        "Sea surface temperature: from means of 5 × 5 cells",
        "40 × 60 cells of 0.05°, from means of 5 × 5, in gulf stream, agulhas",
        "| RMSE (°C) | Gradient RMSE (°C/100 km) |",
        "## As images",
        "## By region",
        "## As published",
        "## Calibration of the members",
        "| Observed | Against | RMSE ratio | CRPS ratio | Energy score ratio | "
        "Variogram score ratio | Gradient RMSE ratio | Cases |",
    ):
        assert words in text, words
    assert "nan" not in text
    # Every line of a table has as many cells as its headings.
    for table in text.split("\n\n"):
        if table.startswith("|"):
            assert len({line.count("|") for line in table.splitlines()}) == 1, table


def smoothed(field, width):
    from scipy.ndimage import gaussian_filter

    return gaussian_filter(field, width)


def test_quantiles_of_gradients_lie_in_bins_that_hold_some():
    one = histogram(np.full((1, 1, 50), 0.05), np.ones((1, 50)))
    two = one + histogram(np.zeros((1, 1, 50)), np.ones((1, 50)))
    step = EDGES[1] / EDGES[0]
    for q in (0.0, 0.1, 0.5, 0.99, 1.0):
        assert 0.05 / step < quantile(one, q) < 0.05 * step
    assert quantile(two, 0.25) <= EDGES[1]
    assert quantile(two, 0.9) == pytest.approx(0.05, rel=step - 1)

"""Figures of super-resolution are whole, say what they show, and show what the board holds."""

import numpy as np
import pytest

from thermocline.errors import BadData
from thermocline.ocean.downscaling import LowResolution
from thermocline.ocean.latlon import LatLonGrid
from thermocline.ocean.problem import Analysis
from thermocline.systems.superres.evaluation import scales as figures
from thermocline.systems.superres.evaluation.board import context_of
from thermocline.systems.superres.evaluation.maps import fig_downscaled
from thermocline.systems.superres.evaluation.presentation import presentation
from thermocline.systems.superres.evaluation.scoring import score_downscaled
from thermocline.verify.board.boardfiles import read_board, write_board
from thermocline.verify.board.scoreboard import Board, Context
from thermocline.verify.figures import calibration, comparison, style

# Such as matplotlib's that a layout collapsed.
pytestmark = pytest.mark.filterwarnings("error::UserWarning")

H, W = 40, 50
GRID = LatLonGrid(35 + 0.05 * np.arange(H), -70 + 0.05 * np.arange(W))
OCEAN = np.ones((H, W), bool)
OCEAN[:10, :10] = False


def a_day(day=0):
    from scipy.ndimage import gaussian_filter

    rng = np.random.default_rng(day)
    fields = 15 + 5 * gaussian_filter(rng.standard_normal((6, H, W)), (0, 2, 2))
    truth = np.where(OCEAN, fields[0], np.nan)
    value = fields[0].reshape(8, 5, 10, 5).mean(axis=(1, 3))
    value[:2, :2] = np.nan
    errors = np.where(np.isfinite(value), 0.1, 1.0)
    date = np.datetime64("2008-03-01") + day
    problem = LowResolution(value, errors, OCEAN, GRID, 5, date, "gulf_stream", f"case {day}")
    members = np.where(OCEAN, 0.7 * fields[:1] + 0.3 * fields[1:], 0)[:, None]
    return problem, truth, Analysis(members.mean(axis=0), None, members, 5, 0.1)


@pytest.fixture(scope="module")
def board():
    days = [a_day(day) for day in range(4)]
    context = context_of([p for p, _, _ in days], "2008")
    board = Board("superres", context, resamples=100, presentation=presentation(context))
    for name in ("thermocline", "regression", "bicubic"):
        scores = []
        for number, (problem, truth, answer) in enumerate(days):
            if name != "thermocline":
                std = np.full((1, H, W), 0.5) if name == "regression" else None
                blur = 0.8 if name == "regression" else 0.5
                answer = Analysis(15 * (1 - blur) + blur * answer.mean, std)
            rng = np.random.default_rng(number)
            scores.append(score_downscaled(answer, problem, truth, rng=rng, thin=1, box=30))
        board.add(name, "blocks", 0.04, scores, variable="tos")
    return board


@pytest.fixture
def drawn(monkeypatch):
    """The figures that were saved, as objects."""
    found = []
    plain = style.save
    monkeypatch.setattr(style, "save", lambda f, path: found.append(f) or plain(f, path))
    return found


def texts(figure):
    from matplotlib.text import Text

    return {t.get_text() for t in figure.findobj(Text) if t.get_text().strip()}


def test_maps_of_a_day(tmp_path, drawn):
    problem, truth, answer = a_day()
    u = np.linspace(0.4, 1.0, H * W).reshape(H, W)
    fig_downscaled(tmp_path / "m.png", problem, truth, answer, uncertainty=u, title="A day")
    needed = {"Truth", "Input", "Super-resolved (mean)", "One member", "Error of the mean"}
    needed |= {"Member − mean", "Stated uncertainty", "Uncertainty map", "A day", "36°N"}
    needed |= {"Temperature (°C)", "|∇T| (°C/100 km)", "Difference (°C)", "Standard deviation (°C)"}
    assert needed <= texts(drawn[0])
    meshes = [c for ax in drawn[0].axes for c in ax.collections if "balance" in c.get_cmap().name]
    assert meshes and all(low == -high for low, high in (mesh.get_clim() for mesh in meshes))
    input_map = next(ax for ax in drawn[0].axes if ax.get_title() == "Input").collections[0]
    shown = np.ma.filled(input_map.get_array().reshape(H, W), np.nan)
    np.testing.assert_allclose(shown[10:15, :5], problem.value[2, 0])
    assert np.isnan(shown[~OCEAN]).all()


def test_maps_without_truth_members_or_spread(tmp_path, drawn):
    problem, truth, answer = a_day()
    fig_downscaled(tmp_path / "a.png", problem, None, answer)
    assert "Truth" not in texts(drawn[0]) and "Stated uncertainty" in texts(drawn[0])
    fig_downscaled(tmp_path / "b.png", problem, truth, Analysis(answer.mean))
    assert not {"One member", "Stated uncertainty"} & texts(drawn[1])
    fig_downscaled(tmp_path / "c.png", problem, None, Analysis(answer.mean))
    assert "Super-resolved (mean)" in texts(drawn[2])
    assert all((tmp_path / f"{n}.png").read_bytes().startswith(b"\x89PNG") for n in "abc")


def test_scores_scales_and_gradients(tmp_path, drawn, board):
    comparison.fig_summary(tmp_path / "s.png", board)
    figures.fig_scales(tmp_path / "k.png", board)
    figures.fig_gradients(tmp_path / "g.png", board)
    scores, scales, gradients = drawn
    assert {
        "RMSE (°C), less is better",
        "Gradient RMSE (°C/100 km), less is better",
        "Thermocline",
    } <= texts(scores)
    (ours,) = (row for row in board.rows if row.method == "thermocline")
    assert f"{ours.rmse:.3f}" in texts(scores)
    assert {"Truth", "One member", "Regression", "Wavelength (km)", "Power (°C²)"} <= texts(scales)
    ratio = scales.axes[1].get_lines()
    member = next(line for line in ratio if line.get_label() == "One member").get_ydata()
    spectra = {name: np.array(v) for name, v in ours.extra["spectra"].items()}
    np.testing.assert_allclose(member, spectra["member"] / spectra["truth"])
    assert {"|∇T| (°C/100 km)", "Stronger gradients"} <= texts(gradients)
    for line in gradients.axes[0].get_lines():
        x, y = (np.asarray(v, float) for v in line.get_data())
        assert np.trapezoid(y, np.log10(x)) == pytest.approx(1, abs=0.02)


def test_a_board_as_read_draws_the_same(tmp_path, drawn, board):
    write_board(board, tmp_path / "board")
    again = read_board(tmp_path / "board")
    figures.fig_scales(tmp_path / "k.png", again)
    figures.fig_gradients(tmp_path / "g.png", again)
    calibration.fig_rank_histogram(tmp_path / "r.png", again)
    assert any("means of 5 × 5" in text for text in texts(drawn[-1]))


def test_the_headline_claims_only_what_is_certain(board):
    (ratio,) = board.ratios(reference="regression")
    words = comparison.headline(board)
    decision = ratio.rmse.decision
    sure = {"better": "less error", "worse": "more error", "undecided": "no certain difference"}
    assert sure[decision] in words


def test_a_board_without_super_resolution_is_not_drawn(tmp_path):
    empty = Board("superres", Context({}, "", "2008", 0))
    with pytest.raises(BadData, match="empty"):
        comparison.fig_summary(tmp_path / "s.png", empty)


def test_a_map_of_many_cells_is_an_image_of_the_same_places(monkeypatch):
    field = np.where(OCEAN, np.arange(H * W).reshape(H, W), np.nan)
    extents = []
    for many in (10**9, 1):
        monkeypatch.setattr(style, "MANY_CELLS", many)
        axes = style.new_figure(4, 4).subplots()
        drawn = style.draw_map(axes, GRID, field, style.colour_map("thermal"), 0, 1, 180)
        np.testing.assert_array_equal(
            np.ma.filled(drawn.get_array().reshape(H, W), -1)[::7, ::7],
            np.nan_to_num(field, nan=-1)[::7, ::7],
        )
        box = drawn.get_datalim(axes.transData) if many > 1 else None
        extents.append(drawn.get_extent() if box is None else (box.x0, box.x1, box.y0, box.y1))
        assert axes.get_ylim()[0] < axes.get_ylim()[1]
    np.testing.assert_allclose(extents[0], extents[1])

"""Every figure is drawn whole, with units, degree labels and readable text."""

import numpy as np
import pytest

from thermocline.errors import BadData
from thermocline.ocean.anomalies import AnomalyProblem
from thermocline.ocean.latlon import LatLonGrid
from thermocline.ocean.problem import Analysis
from thermocline.ocean.statistics import Statistics
from thermocline.systems.reconstruct.evaluation import scales, sections
from thermocline.systems.reconstruct.evaluation.presentation import PRESENTATION
from thermocline.systems.reconstruct.evaluation.score import score_case
from thermocline.verify.board import rows
from thermocline.verify.board.scoreboard import Board, Context
from thermocline.verify.figures import calibration, comparison, maps, style
from thermocline.verify.metrics.sums import basin_index

# Such as matplotlib's that a layout collapsed.
pytestmark = pytest.mark.filterwarnings("error::UserWarning")

GRID = LatLonGrid.regular(24, 48)
DEPTH = np.array([5.0, 50, 100, 500])
SHAPE = (4, *GRID.shape)
OCEAN = np.ones(SHAPE, bool)
OCEAN[:, 8:16, 10:18] = False
OCEAN[3, 20:] = False
WATER = np.where(OCEAN, 1.0, np.nan)


@pytest.fixture
def drawn(monkeypatch):
    """The figures that were saved, as objects."""
    figures = []
    plain = style.save
    monkeypatch.setattr(style, "save", lambda f, path: figures.append(f) or plain(f, path))
    return figures


@pytest.fixture
def fields():
    rng = np.random.default_rng(0)
    warm = 25 * np.cos(np.radians(GRID.latitude))[:, None] * np.exp(-DEPTH / 300)[:, None, None]
    truth = (warm + rng.standard_normal(SHAPE)) * WATER
    mean = truth + 0.4 * rng.standard_normal(SHAPE)
    observed = (rng.random(SHAPE) < 0.05) & OCEAN
    return truth, mean, 0.4 * WATER, observed


@pytest.fixture(scope="module")
def board():
    context = Context.of(GRID, DEPTH, OCEAN, "2005-2009")
    board = Board("reconstruct", context, resamples=100, presentation=PRESENTATION)
    statistics = Statistics(np.zeros((12, *SHAPE), np.float32), np.ones(SHAPE, np.float32), OCEAN)
    zero = np.zeros(SHAPE, np.float32)
    for protocol, density in (("columns", 0.02), ("cells", 0.075)):
        for number, method in enumerate(("thermocline", "ensemble_oi", "climatology", "mine")):
            scores = []
            for case in range(4 - (method == "mine")):
                rng = np.random.default_rng(case)
                truth = rng.standard_normal(SHAPE).astype(np.float32)
                problem = AnomalyProblem(zero, zero + 1, OCEAN & False, OCEAN, 1, f"c{case}")
                answer = Analysis(truth * (0.5 - 0.25 * number))
                scores.append(
                    score_case(
                        answer,
                        problem,
                        truth,
                        statistics,
                        GRID.cell_area(),
                        basins=basin_index(GRID),
                    )
                )
            board.add(method, protocol, density, scores, variable="thetao")
    return board


def texts(figure):
    from matplotlib.text import Text

    return [t.get_text() for t in figure.findobj(Text) if t.get_text().strip()]


def check(figures, path, *needed):
    """A PNG of some substance whose texts hold what is needed and do not leave the page."""
    from matplotlib.backends.backend_agg import FigureCanvasAgg

    data = path.read_bytes()
    assert data.startswith(b"\x89PNG") and data.endswith(b"IEND\xaeB`\x82")
    assert len(data) > 10_000
    (figure,) = figures
    found = texts(figure)
    for text in needed:
        assert any(text in other for other in found), (text, found)
    renderer = FigureCanvasAgg(figure).get_renderer()
    inside = [label for ax in figure.axes for label in (ax.title, ax.xaxis.label, ax.yaxis.label)]
    shown = [text for text in [*figure.texts, *inside] if text.get_text().strip()]
    boxes = {
        text.get_text() + str(n): text.get_window_extent(renderer) for n, text in enumerate(shown)
    }
    for label, box in boxes.items():
        assert box.x0 >= -1 and box.x1 <= figure.bbox.x1 + 1, label
        touching = [o for o, other in boxes.items() if o != label and box.overlaps(other)]
        assert not touching, (label, touching)
    assert [p.name for p in path.parent.iterdir()] == [path.name]


def test_maps(tmp_path, drawn, fields):
    truth, mean, std, observed = fields
    path = tmp_path / "maps.png"
    seen = np.where(observed, truth, np.nan)
    assert maps.fig_maps(path, GRID, DEPTH, truth, seen, mean, std, title="March 2007") == path
    check(drawn, path, "Temperature (°C)", "Standard deviation (°C)", "Reconstruction − truth (°C)")
    found = texts(drawn[0])
    assert {"5 m", "100 m", "500 m", "120°W", "30°S", "Truth", "March 2007"} <= set(found)
    balance = [m for ax in drawn[0].axes for m in ax.collections if "balance" in m.get_cmap().name]
    assert balance
    for mesh in balance:
        low, high = mesh.get_clim()
        assert low == -high


def test_maps_without_spread_of_a_region(tmp_path, drawn):
    region = LatLonGrid(np.linspace(-45, -30, 16), np.linspace(145, 165, 21))
    field = np.random.default_rng(1).standard_normal((1, 16, 21))
    nothing = np.full(field.shape, np.nan)
    path = tmp_path / "region.png"
    maps.fig_maps(path, region, [5], field, nothing, field * 0.9, at=(5,), anomaly=True)
    check(drawn, path, "Anomaly (°C)", "150°E", "35°S")
    assert "Stated uncertainty" not in texts(drawn[0])


def test_maps_turn_the_globe_without_moving_the_ocean():
    longitude, order = style.turned(GRID, 180)
    assert np.all(np.diff(longitude) > 0) and longitude[0] > 0 and longitude[-1] < 360
    np.testing.assert_allclose(np.mod(longitude, 360), np.mod(GRID.longitude[order], 360))


def test_section(tmp_path, drawn, fields):
    truth, mean, std, observed = fields
    path = tmp_path / "section.png"
    sections.fig_section(path, GRID, DEPTH, truth, mean, std, observed=observed, title="A month")
    check(drawn, path, "Temperature (°C)", "Error (°C)", "Depth (m)", "A month", "150°W")
    with pytest.raises(BadData, match="no water"):
        sections.fig_section(path, GRID, DEPTH, truth * np.nan, mean)


def test_profile(tmp_path, drawn, fields):
    truth, mean, std, _ = fields
    place = (slice(None), 3, 3)
    members = mean[place] + np.random.default_rng(0).standard_normal((5, 4)) * 0.4
    path = tmp_path / "profile.png"
    sections.fig_profile(
        path,
        DEPTH,
        truth[place],
        mean[place],
        std[place],
        members=members,
        climatology=truth[place] - 0.5,
    )
    check(drawn, path, "Temperature (°C)", "Departure from climatology (°C)", "Depth (m)")
    assert {"Members", "Truth", "Reconstruction"} <= set(texts(drawn[0]))


def test_rank_histogram(tmp_path, drawn):
    path = tmp_path / "ranks.png"
    context = Context.of(GRID, DEPTH, OCEAN, "2005-2009")
    board = Board("reconstruct", context, presentation=PRESENTATION)
    with pytest.raises(BadData, match="no rank histogram"):
        calibration.fig_rank_histogram(path, board)
    plain = dict.fromkeys(rows.KEYS) | {"method": "thermocline"}
    for protocol, density in (("columns", 0.02), ("cells", 0.075), ("columns", 0.005)):
        extra = {"ranks": [30, 10, 10, 30]} | ({"flatness": {"p": 0.03}} if density == 0.02 else {})
        row = plain | {"protocol": protocol, "density": density, "extra": extra}
        board.rows.append(rows.Row(**row))
    calibration.fig_rank_histogram(path, board)
    check(
        drawn, path, "Members below the truth", "2 % of columns observed\np = 0.03", "too confident"
    )
    titles = [ax.get_title() for ax in drawn[0].axes]
    assert titles[:2] == ["0.5 % of columns observed", "2 % of columns observed\np = 0.030"]
    bars = [p.get_height() for p in drawn[0].axes[0].patches]
    np.testing.assert_allclose(bars, [1.5, 0.5, 0.5, 1.5])


@pytest.mark.parametrize("nothing", [None, float("nan")])
def test_basins_without_a_case_are_left_out(tmp_path, drawn, nothing):
    """As a board has them that was just made (not a number) and one that was read (None)."""
    context = Context.of(GRID, DEPTH, OCEAN, "2005-2009")
    board = Board("reconstruct", context, presentation=PRESENTATION)
    plain = dict.fromkeys(rows.KEYS) | {"protocol": "columns", "density": 0.02}
    errors = {"Arctic": nothing, "Indian": 0.3, "South Pacific": nothing}
    for method in ("thermocline", "climatology"):
        row = plain | {"method": method, "variable": "thetao", "rmse": 0.3, "cases": 2}
        board.rows.append(rows.Row(**row, extra={"rmse_by_basin": errors}))
    comparison.fig_by_basin(tmp_path / "basins.png", board)
    labels = [label.get_text() for label in drawn[0].axes[0].get_xticklabels()]
    assert labels == ["Indian"]


def test_spectra(tmp_path, drawn):
    k = np.arange(1.0, 65)
    path = tmp_path / "spectra.png"
    power = {"Truth": k**-2, "Reconstruction": k**-2.5, "One member": k**-2.1}
    scales.fig_spectra(path, k, power | {"Ensemble OI": k**-3.0}, "December 2009")
    assert drawn[0].axes[1].get_yscale() == "log"
    check(
        drawn,
        path,
        "Power (°C²)",
        "December 2009",
        "Wavelength at 30° of latitude (km)",
        "Waves round the globe",
    )


def test_comparisons(tmp_path, drawn, board):
    for draw, needed in (
        (lambda p: comparison.fig_by_depth(p, board, DEPTH), ("Depth (m)", "RMSE (°C)")),
        (lambda p: comparison.fig_by_basin(p, board), ("North\nPacific", "RMSE (°C)")),
        (lambda p: comparison.fig_summary(p, board), ("RMSE (°C), less is better",)),
    ):
        folder = tmp_path / f"f{len(list(tmp_path.iterdir()))}"
        draw(folder / "figure.png")
        check(drawn, folder / "figure.png", "† on fewer months", "2 % of columns", *needed)
        drawn.clear()


def test_the_summary_says_in_words_what_the_board_shows(tmp_path, drawn, board):
    comparison.fig_summary(tmp_path / "summary.png", board)
    said = " ".join(texts(drawn[0])).replace("\n", " ")
    # Errors of 0.5, 0.75 and 1 standard deviation, the same in every case.
    assert "50 % less error than climatology" in said and "33 % less error than ensemble OI" in said


def test_methods_keep_their_colour_and_order():
    some = style.colours(PRESENTATION, ["zeta", "climatology", "thermocline"])
    assert list(some) == ["thermocline", "climatology", "zeta"]
    assert some.items() <= style.colours(PRESENTATION, [*some, "oi", "dineof"]).items()


def test_an_empty_board_is_not_drawn(tmp_path):
    empty = Board("reconstruct", Context.of(GRID, DEPTH, OCEAN, "2008"))
    with pytest.raises(BadData, match="empty"):
        comparison.fig_summary(tmp_path / "f.png", empty)

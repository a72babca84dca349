"""Comparing registered models: only what differs, paired where that means something."""

import copy
import json
from dataclasses import replace
from pathlib import Path
from types import SimpleNamespace

import numpy as np
import pytest
from rich.console import Console
from scored_report import board as scored_board
from scored_report import write_report
from tiny_model import save_report, save_tiny, statistics, tiny
from typer.testing import CliRunner

from thermocline.cli import app
from thermocline.config import ErrorConfig
from thermocline.errors import BadFile, ThermoclineError
from thermocline.observe import make_problem, random_columns, to_problem
from thermocline.ocean.latlon import LatLonGrid
from thermocline.predict.champion import load_directory
from thermocline.registry.comparing.compare import compare_versions, describe
from thermocline.registry.comparing.differences import Described, differences
from thermocline.registry.comparing.paired_scores import compare_scores
from thermocline.registry.comparing.show import show
from thermocline.registry.registration.register import register
from thermocline.registry.runs.datasets import model_scores
from thermocline.registry.store.connection import connect
from thermocline.registry.versions.comparability import other_errors, same_truth
from thermocline.registry.versions.lookup import resolve
from thermocline.systems.config import load_config
from thermocline.systems.reconstruct.evaluation.difference_maps import (
    Question,
    as_observations,
    difference_maps,
    example,
)
from thermocline.verify.board.scoreboard import Board

ROOT = Path(__file__).resolve().parents[2]
NAME = "thermocline-reconstruct"
PARAMS = {
    "seed": "0",
    "reconstruct.data.observe.instrument": "0.05",
    "reconstruct.model.network.width": "48",
}


@pytest.fixture(scope="module")
def board() -> Board:
    return scored_board(0.6, densities=(0.02,))


def scaled(board: Board, factor: float) -> Board:
    """The same board with every RMSE of ours multiplied."""
    other = copy.deepcopy(board)
    for case in other.cases:
        if case["method"] == "thermocline":
            case["mse"] *= factor**2
    other.rows = [
        replace(row, rmse=row.rmse * factor, rmse_ci=[v * factor for v in row.rmse_ci])
        if row.method == "thermocline"
        else row
        for row in board.rows
    ]
    return other


def told(found: object) -> str:
    console = Console(width=100, record=True, file=None, force_terminal=False)
    with console.capture() as captured:
        show(found, console)  # type: ignore[arg-type]
    return captured.get()


def test_itself_shows_nothing(board: Board) -> None:
    one = Described("M version 1", PARAMS, {"git commit": "c"}, {"a": "b"}, {"gate": "v"}, board)
    found = differences(one, one)
    assert found.none and found.to_dict()["same"] is True and not found.incomparable
    assert not found.notes and "Nothing differs" in told(found)


def test_one_parameter_is_shown_and_nothing_else(board: Board) -> None:
    contract = {"model.network.width": "48", "units": "degree_Celsius"}
    one = Described("M version 1", PARAMS, {"git commit": "c"}, contract, {}, board)
    wider = {**PARAMS, "reconstruct.model.network.width": "64"}
    other = replace(one, label="M version 2", parameters=wider)
    other = replace(other, contract={**contract, "model.network.width": "64"})
    found = differences(one, other)
    assert [(c.name, c.a, c.b) for c in found.parameters] == [
        ("reconstruct.model.network.width", "48", "64")
    ]
    assert not (found.origin or found.contract or found.verdicts or found.scores)
    text = told(found)
    assert (
        "reconstruct.model.network.width" in text and "observe" not in text and "Scores" not in text
    )
    extra = differences(one, replace(one, parameters={**PARAMS, "new.key": "1"}))
    assert [(c.name, c.a, c.b) for c in extra.parameters] == [("new.key", "–", "1")]


def test_unknown_parameters_are_not_differences(board: Board) -> None:
    one = Described("M version 1", PARAMS, board=board)
    found = differences(one, replace(one, label="M version 2", parameters={}))
    assert found.none and "parameters of M version 2 are not recorded" in found.notes[0]


@pytest.mark.parametrize("factor", [0.5, 1.25])
def test_a_known_difference_has_a_known_interval(board: Board, factor: float) -> None:
    """If B's error is c times A's in every month, A − B is (1 − c)·A, interval and all."""
    found = compare_scores(board, scaled(board, factor), paired=True)
    (score,) = found
    row = next(row for row in board.rows if row.method == "thermocline")
    assert score.metric == "rmse" and score.cases == 6 and row.rmse and row.rmse_ci
    assert score.difference == pytest.approx((1 - factor) * row.rmse)
    assert score.interval == pytest.approx(sorted((1 - factor) * v for v in row.rmse_ci))
    assert score.decision == ("worse" if factor < 1 else "better")
    assert score.b_interval == pytest.approx([factor * v for v in row.rmse_ci])


def test_chance_is_not_taken_for_a_difference(board: Board) -> None:
    other = copy.deepcopy(board)
    noise = np.random.default_rng(0).standard_normal(6)
    ours = [case for case in other.cases if case["method"] == "thermocline"]
    for case, jitter in zip(ours, noise - noise.mean(), strict=True):
        case["mse"] *= 1 + 1e-3 * jitter
    other.rows = [replace(row, rmse=row.rmse * 1.0000001) for row in other.rows]
    (score,) = compare_scores(board, other, paired=True)
    assert score.decision == "undecided" and score.interval
    assert score.interval[0] < 0 < score.interval[1]


@pytest.mark.parametrize(
    ("options", "words"),
    [
        ({"period": "1990-1994"}, "period"),
        ({"seed": 1}, "other seeds"),
        ({"months": 5}, "5 of 6 and 5 cases are shared"),
    ],
)
def test_other_cases_are_not_paired(board: Board, options: dict, words: str) -> None:
    other = scored_board(0.5, densities=(0.02,), **options)
    found = differences(Described("A", PARAMS, board=board), Described("B", PARAMS, board=other))
    scores = [score for score in found.scores if score.metric in ("rmse", "crps")]
    assert len(scores) == 2 and all(s.difference is None and s.interval is None for s in scores)
    assert all(s.a is not None and s.b is not None and s.b_interval for s in scores)
    assert words in found.incomparable or all(words in score.note for score in scores)
    assert words.split()[0] in told(found)


def test_other_reasons_in_words(board: Board) -> None:
    one = Described("A", PARAMS, board=board)
    noisier = Described(
        "B", {**PARAMS, "reconstruct.data.observe.instrument": "0.5"}, board=scaled(board, 2)
    )
    assert (
        "other errors (reconstruct.data.observe.instrument)"
        in differences(one, noisier).incomparable
    )
    none = Described("B", PARAMS, no_board="it cannot be fetched")
    assert (
        "B has no stored evaluation (it cannot be fetched)" in differences(one, none).incomparable
    )
    denser = Described("B", PARAMS, board=scored_board(0.6, densities=(0.02, 0.075)))
    assert {s.note for s in differences(one, denser).scores} == {"only B was scored so"}


def test_other_raw_data_is_a_caution_unless_the_truth_is_the_same(board: Board) -> None:
    one = Described("A", PARAMS, {"raw data": "1.dir"}, board=board)
    same_truth = Described("B", PARAMS, {"raw data": "2.dir"}, board=scaled(board, 2))
    assert not differences(one, same_truth).notes
    other = copy.deepcopy(board)
    for case in other.cases:
        case["mse"] *= 1.01
    found = differences(one, replace(same_truth, board=other))
    assert "other raw data" in found.notes[0] and not found.incomparable


def test_the_same_observations_reach_both_models() -> None:
    """Cells of a problem made into points in °C become the same problem again."""
    grid, stats = LatLonGrid.regular(16, 32), statistics(LatLonGrid.regular(16, 32))
    rng = np.random.default_rng(0)
    truth = rng.standard_normal(stats.ocean.shape).astype(np.float32)
    observed = random_columns(stats.ocean, 0.1, rng)
    problem = make_problem(truth, observed, stats, ErrorConfig(), rng, 3, "truth/2008-03")
    depth = np.array(tiny().contract.depth)
    points = as_observations(problem, SimpleNamespace(statistics=stats, grid=grid, depth=depth))
    again, usage = to_problem(points, grid, depth, stats, 3, ErrorConfig())
    assert usage.used == observed.sum() and np.array_equal(again.observed, observed)
    np.testing.assert_allclose(again.y, problem.y, atol=1e-4)
    np.testing.assert_allclose(again.s_y, problem.s_y, rtol=1e-5)


def question() -> Question:
    grid, stats = LatLonGrid.regular(16, 32), statistics(LatLonGrid.regular(16, 32))
    rng = np.random.default_rng(1)
    truth = rng.standard_normal(stats.ocean.shape).astype(np.float32)
    observed = random_columns(stats.ocean, 0.05, rng)
    problem = make_problem(truth, observed, stats, ErrorConfig(), rng, 3, "truth/2008-03")
    depth = np.array(tiny().contract.depth)
    points = as_observations(problem, SimpleNamespace(statistics=stats, grid=grid, depth=depth))
    return Question(points, "2008-03", "5 % of columns observed")


@pytest.mark.filterwarnings("error::UserWarning")
def test_maps_show_both(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    from matplotlib.text import Text

    from thermocline.verify.figures import style

    figures = []
    plain = style.save
    monkeypatch.setattr(style, "save", lambda f, path: figures.append(f) or plain(f, path))
    one, other = tiny(0), tiny(1)
    names = ("version 1", "version 2")
    drawn = difference_maps(tmp_path / "maps", one, other, names, question(), members=3)
    assert drawn.path.read_bytes().startswith(b"\x89PNG") and drawn.rms_difference > 0
    texts = "\n".join(t.get_text() for t in figures[0].findobj(Text))
    for needed in ("March 2008", "version 1 − version 2 (°C)", "500 m", "180°", "30°N", "100 m"):
        assert needed in texts
    gaps = [m for m in figures[0].findobj() if type(m).__name__ == "QuadMesh"]
    balance = [m for m in gaps if m.norm.vmin < 0]
    assert len(balance) >= 3 and all(m.norm.vmin == -m.norm.vmax for m in balance)
    same = difference_maps(tmp_path / "same", one, one, names, question(), members=3)
    assert same.rms_difference == 0 and same.mean_std[0] == same.mean_std[1]
    assert "no difference" in figures[1].get_suptitle()


def test_maps_of_other_grids_are_refused(tmp_path: Path, config) -> None:
    one, other = tiny(0), tiny(0)
    deeper = other.contract.model_copy(update={"depth": (5.0, 100.0, 600.0)})
    other.contract = deeper
    with pytest.raises(ThermoclineError, match="other grids or levels"):
        difference_maps(tmp_path, one, other, ("a", "b"), question())
    data = config.data.model_copy(update={"prepared": tmp_path / "nowhere"})
    with pytest.raises(BadFile, match="--observations"):
        example(config.model_copy(update={"data": data}))


@pytest.fixture
def registered(store: Path, quick: None, config) -> Path:
    """Version 1, version 2 with another learning rate, version 3 scored on other years."""
    changed = load_config(ROOT / "params.yaml", {"reconstruct.training.learning_rate": 0.5})
    report = write_report(store / "r1", 0.6)
    register(save_tiny(store / "m1", 0), report, config, root=store)
    register(save_tiny(store / "m2", 1), write_report(store / "r2", 0.5), changed, root=store)
    elsewhere = save_report(store / "r3", 0.5, period="1990-1994")
    register(save_tiny(store / "m3", 2), elsewhere, config, root=store)
    return store


def run(*arguments: str) -> str:
    result = CliRunner().invoke(app, ["models", *arguments], catch_exceptions=False)
    assert result.exit_code == 0
    return result.stdout


def test_registered_versions(registered: Path) -> None:
    client = connect()
    one, two, three = (resolve(client, number) for number in ("1", "2", "3"))
    assert compare_versions(client, one, one).none
    found = compare_versions(client, one, two)
    assert [c.name for c in found.parameters] == ["reconstruct.training.learning_rate"]
    assert found.parameters[0].b == "0.5" and not found.contract
    assert [c.name for c in found.origin] == ["model digest"]
    decisions = {(s.density, s.metric): s.decision for s in found.scores if s.interval}
    metrics = ("rmse", "crps", "energy", "variogram")
    assert decisions == {(d, m): "worse" for d in (0.005, 0.02, 0.075) for m in metrics}
    assert "period" in compare_versions(client, two, three).incomparable
    assert describe(client, one).board is not None

    text = run("compare", "1", f"models:/{NAME}/2")
    assert "learning_rate" in text and "A − B" in text and "width" not in text
    content = json.loads(run("compare", "1", "2", "--json"))
    assert content["same"] is False and len(content["parameters"]) == 1
    assert json.loads(run("compare", "candidate", "3", "--json"))["same"] is True

    (registered / "some.csv").write_text(
        "latitude,longitude,depth,temperature\n0.5,-23,5,26.1\n10,150,100,20\n"
    )
    options = ["--maps", "maps", "--observations", "some.csv", "--date", "2008-03"]
    text = run("compare", "1", "2", *options, "--members", "2")
    assert "differences.png" in text and Path("maps/differences.png").stat().st_size > 10_000

    card = run("card", "2")
    assert card.startswith("---\nlicense: apache-2.0") and "## Skill by basin" in card
    version = client.get_model_version(NAME, "2")
    assert version.description.startswith("> **Better than the best classical method")
    stored = load_directory(registered / "m2").model.contract
    assert f"{len(stored.depth)} levels" in version.description


def several(thetao: float, so: float) -> Board:
    """A board of two variables, which differ in nothing but their errors and names."""
    made = scored_board(thetao, densities=(0.02,))
    other = scored_board(so, densities=(0.02,))
    made.rows += [replace(row, variable="so") for row in other.rows]
    made.cases += [{**case, "variable": "so"} for case in other.cases]
    return made


def test_variables_are_told_apart_with_their_units() -> None:
    found = compare_scores(several(0.6, 0.3), several(0.5, 0.2), paired=True)
    titles = {(score.variable, score.title) for score in found if score.metric == "rmse"}
    assert titles == {("thetao", "RMSE (°C)"), ("so", "RMSE (PSU)")}
    text = told(
        differences(Described("A", PARAMS, board=several(0.6, 0.3)),
                    Described("B", PARAMS, board=several(0.5, 0.2)))
    )  # fmt: skip
    assert "Salinity" in text.replace("\n", " ") or "salinity" in text


def test_mlflow_ranks_by_every_variable() -> None:
    """The one number is the geometric mean of all rows, whichever variable they are of."""
    made = several(0.6, 0.3)
    rmse = [row.rmse for row in made.rows if row.method == "thermocline"]
    found = model_scores(made)
    assert found["rmse"] == pytest.approx(float(np.exp(np.mean(np.log(rmse)))))
    assert found["rmse/columns 0.02 so"] == pytest.approx(rmse[1])
    assert found["rmse/columns 0.02 thetao"] == pytest.approx(rmse[0])


def test_the_truth_of_every_variable_counts() -> None:
    a, b = several(0.6, 0.3), several(0.6, 0.3)
    assert same_truth(a, b)
    for case in b.cases[: len(b.cases) // 2]:
        case["mse"] *= 1.1
    assert not same_truth(a, b)


@pytest.mark.parametrize(
    ("name", "told_apart"),
    [
        ("reconstruct.data.observe.instrument", True),
        ("reconstruct.data.errors.thetao", True),
        ("superres.data.observe.instrument", False),
        ("reconstruct.model.network.width", False),
    ],
)
def test_errors_of_the_system_s_own_observations_count(name: str, told_apart: bool) -> None:
    found = other_errors("reconstruct", {name: "0.05"}, {name: "0.01"})
    assert (name in found) is told_apart
    assert not other_errors("reconstruct", {name: "0.05"}, {}), "of whom nobody wrote it down"

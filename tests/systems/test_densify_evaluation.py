"""Scores of water against closed forms, and a whole board with a classical method as the model."""

import json
from dataclasses import replace

import numpy as np
import pytest
import yaml

from densify_model import StandIn, made
from densify_world import DEPTH, GRID, OCEAN
from thermocline.ocean.case import Case
from thermocline.ocean.problem import Analysis
from thermocline.registry.cards.template import render
from thermocline.registry.promotion.comparison import drawn
from thermocline.systems.densify.card import CARD
from thermocline.systems.densify.data.cases import problem, protocols
from thermocline.systems.densify.data.waters import Waters
from thermocline.systems.densify.evaluation.evaluate import scored
from thermocline.systems.densify.evaluation.presentation import (
    CRITERION,
    PRESENTATION,
    presentation,
)
from thermocline.systems.densify.evaluation.score import Scorer
from thermocline.verify.board.presentation import MODEL
from thermocline.verify.board.rows import Context
from thermocline.verify.board.scoreboard import Board
from thermocline.verify.metrics.scores import pool
from thermocline.verify.metrics.water_columns import HEAT_CAPACITY

STD = np.array([2.0, 1.5, 1.0, 0.2, 0.1, 0.2, 0.1, 0.05])


@pytest.fixture(scope="module")
def world(tmp_path_factory):
    """The configuration, the store, and the methods by name."""
    folder = tmp_path_factory.mktemp("densify")
    settings, methods = made(folder)
    return settings, Waters.open(folder / "densify.nc"), methods


@pytest.fixture
def case(world):
    """A state of the small world, with nothing observed."""

    store = world[1]
    states = store.states("test", "box", 1)
    asked = problem(store, "box", states.values[0], states.days[0])
    return Case(asked, states.values[0, :8], "columns", 0.0, "thetao")


def test_scores_are_over_the_deviation_of_their_level(case):
    """A mean that is one deviation off at every level has an RMSE of one."""
    scorer = Scorer({GRID.digest(): STD})
    off = Analysis(
        case.truth + STD[:, None, None], np.broadcast_to(STD[:, None, None], (8, 20, 24))
    )
    for variable, std in (("thetao", STD[:4]), ("so", STD[4:])):
        score = scorer(off, replace(case, variable=variable))
        assert score.rmse == pytest.approx(1.0, rel=1e-5)
        assert score.bias == pytest.approx(1.0, rel=1e-5)
        assert score.spread_skill == pytest.approx(1.0, rel=1e-5)
        row = score.extra([score])
        assert row["rmse_by_depth"] == pytest.approx(std, rel=1e-4)
        assert row["crps_by_depth"] == pytest.approx(score.crps * std, rel=1e-4)
        assert row["physical_rmse"] == pytest.approx(np.sqrt(np.mean(std**2)), rel=1e-4)


def test_regions_are_pooled_each_by_its_own_deviation(case):
    one = Analysis(case.truth + np.float32(1.0))
    scores = [Scorer({GRID.digest(): k * np.ones(8)})(one, case) for k in (1, 2)]
    total = pool(scores)
    assert total.mse == pytest.approx((1 + 1 / 4) / 2, rel=1e-5)
    assert total.extra(scores)["physical_rmse"] == pytest.approx(1.0, rel=1e-5)


def test_columns_of_the_truth_have_no_error_and_warmer_ones_too_much_heat(case):
    scorer = Scorer({GRID.digest(): STD})
    right = scorer(Analysis(case.truth), case).columns
    assert {value for name, value in right.items() if name.endswith("_mse")} == {0.0}
    assert "inverted_members" not in right
    warm = case.truth.copy()
    warm[:4] += 1
    found = scorer(Analysis(warm, members=np.stack([warm, warm])), case)
    # A shift moves neither layer; heat is ρ c · 600 m, down to the deepest level.
    assert found.columns["mixed_layer_mse"] == pytest.approx(0, abs=1e-3)
    assert found.columns["thermocline_mse"] == 0
    assert found.columns["steric_mse"] > 0
    row = found.extra([found])
    assert row["steric_rmse"] == pytest.approx(found.columns["steric_mse"] ** 0.5)
    assert row["heat_rmse"] == pytest.approx(HEAT_CAPACITY * 600 / 1e9, rel=1e-4)
    assert not scorer(Analysis(warm), replace(case, variable="so")).columns


def test_overlapping_patches_of_a_day_are_drawn_together(case):
    scorer, none = Scorer({GRID.digest(): STD}), Analysis(0 * case.truth)
    names = [f"box_{patch}/truth/2005-01-{day:02d}" for patch in range(4) for day in (5, 12)]
    scores = [scorer(none, replace(case, problem=replace(case.problem, case=n))) for n in names]
    records = [score.record(0.0) for score in scores]
    assert {each["unit"] for each in records} == {"box/truth/2005-01-05", "box/truth/2005-01-12"}
    assert all(each["weight"] > 0 for each in records)
    assert drawn([dict(each, case=n) for each, n in zip(records, names, strict=True)]).keys() == {
        *names
    }


def test_upside_down_columns_are_counted(case):
    flipped = case.truth.copy()
    flipped[:4] = flipped[3::-1]
    columns = Scorer({GRID.digest(): STD})(Analysis(flipped, members=flipped[None]), case).columns
    assert columns["inverted"] > 50
    assert columns["inverted_members"] == pytest.approx(columns["inverted"], abs=5)


def test_every_protocol_has_words():
    context = Context({"rows": 1, "columns": 1, "depth": [5.0], "regions": ["box"]}, "", "", 1)
    words = presentation(context, ("shifted",))
    for protocol, density in protocols((0.0, 0.05), ("shifted",)):
        assert words.protocols[protocol].title in words.asked(protocol, density).replace(
            f"{100 * density:g}", "{percent}"
        )
    assert CRITERION.metric == "crps"
    assert set(CRITERION.names) == set(PRESENTATION.names)


@pytest.fixture(scope="module")
def report(world, tmp_path_factory):
    """The board of the stand-in and two others, and the folder it was written to."""
    settings, store, methods = world
    folder, model = tmp_path_factory.mktemp("report"), StandIn.of(settings, methods)
    settings.data.test = type("Test", (), {"members": ["truth"], "first": 2005, "last": 2009})
    few = [methods[name] for name in ("climatology", "armor3d")]
    track = lambda each, label: each
    return scored(settings, store, model.regions, [model, *few], folder, track), folder


def test_the_board_has_every_method_and_its_figures(report):
    board, folder = report
    asked = protocols((0.0, 0.05), ("shifted",))
    found = {(row.method, row.protocol, row.density, row.variable) for row in board.rows}
    assert found == {
        (method, protocol, density, variable)
        for method in (MODEL, "climatology", "armor3d")
        for protocol, density in asked
        for variable in ("thetao", "so")
    }
    text = (folder / "scoreboard.md").read_text()
    assert "Mixed layer: RMSE (m)" in text
    figures = {path.name for path in (folder / "figures").iterdir()}
    names = ("thetao", "so")
    assert figures == {
        *(f"box_{what}.png" for what in ("maps", "section", "profile")),
        *(f"{kind}_{name}.png" for kind in ("by_depth", "rank_histogram") for name in names),
        *(f"summary_{part}_{n}.png" for part in ("columns", "withheld", "shifted") for n in names),
    }
    assert DEPTH.tolist() == board.context.grid["depth"]
    assert board.context.valid_cells == 8 * OCEAN.sum()


def test_the_card_says_what_the_board_does(report):
    """Of contract and rows alone; each number of the model is in it."""
    rows = json.loads((report[1] / "scoreboard.json").read_text())
    contract = {
        "system": "densify",
        "depth": DEPTH.tolist(),
        "regions": {"gulf_stream": {}},
        "settings": {"model": {"start": "analysis"}, "sampling": {"sampler": "heun", "steps": 6}},
        "gate": {"density": [0.05], "correction": [[0.5, 1.0]], "spread": [[1.1, 1.3]]},
    }
    general = {"name": "thermocline-densify", "contract": contract, "rows": rows, "cases": "states"}
    general["scored"] = [row for row in rows if row["method"] == MODEL]
    card = render(CARD.template, general | CARD.facts(contract, rows))
    assert "4 levels from 5.0 to 600.0 m" in card and "gulf stream" in card
    assert "in 6 steps" in card and "starts from a classical method" in card
    assert "| 5 % | 0.75 | 1.20 |" in card
    for row in general["scored"]:
        assert f"{row['rmse']:.3f}" in card and f"{row['crps']:.3f}" in card
        if "mixed_layer_rmse" in row and row["protocol"] == "columns":
            assert f"{row['mixed_layer_rmse']:.1f}" in card
    front = yaml.safe_load(card.split("---")[1])
    assert len(front["model-index"][0]["results"]) == len(general["scored"])


def test_a_shallow_patch_is_left_out_of_what_only_deep_columns_have(case):
    scorer, off = Scorer({GRID.digest(): STD}), case.truth.copy()
    off[:4] += np.linspace(0, 2, 4)[:, None, None]
    deep = scorer(Analysis(off), case)
    floor = np.tile(np.arange(4) < 2, 2)[:, None, None]
    nowhere = replace(case.problem, ocean=case.problem.ocean & floor, case="box/truth/2005-02-01")
    truth = np.where(nowhere.ocean, 10 + 0 * case.truth, np.nan)  # mixed down to the floor
    shallow = scorer(Analysis(truth), replace(case, problem=nowhere, truth=truth))
    missing = {"thermocline_mse", "heat_mse", "steric_mse"}
    assert missing <= deep.record(0.0).keys() and not missing & shallow.record(0.0).keys()
    assert shallow.columns["mixed_layer_mse"] == 0
    board = Board("densify", Context({}, "", "2005", 4), 50, presentation=PRESENTATION)
    for method in (MODEL, "climatology"):
        row = board.add(method, "columns", 0.0, [deep, shallow], variable="thetao")
        assert row.extra["steric_rmse"] == pytest.approx(deep.columns["steric_mse"] ** 0.5)
    stratified = truth.copy()
    stratified[1] -= 1
    missed = scorer(Analysis(truth), replace(case, problem=nowhere, truth=stratified))
    assert missed.columns["mixed_layer_mse"] > 0  # not left out of the score that it is wrong in
    assert board.ratios()[0].cases == 2

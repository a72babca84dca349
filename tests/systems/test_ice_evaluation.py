"""The report of sea ice: every method on every case, its figures, and its card."""

import json

import numpy as np
import pytest

from ice_model import SILENT, SYSTEM
from thermocline.registry.cards.card import model_card
from thermocline.registry.origin.record import Lineage
from thermocline.systems.seaice.data.physics import CONCENTRATION
from thermocline.systems.seaice.evaluation.generation import Judge, halves_of
from thermocline.systems.seaice.evaluation.score import IceScore


@pytest.fixture(scope="module")
def scored(ice, tmp_path_factory):
    """The board, and the folder of its report."""
    folder = tmp_path_factory.mktemp("report")
    return SYSTEM.evaluate(ice[0], folder, SILENT), folder


def test_every_method_is_scored_on_every_case(scored):
    board, _ = scored
    groups = {(row.protocol, row.density, row.variable) for row in board.rows}
    assert len(groups) == 10
    assert {row.cases for row in board.rows} == {4}
    assert {row.method for row in board.rows} == {
        "thermocline",
        *(m for m in board.presentation.names),
    }
    assert all(np.isfinite([row.rmse, row.crps]).all() for row in board.rows)
    stating = {row.method for row in board.rows if row.extra["stated_skill"]}
    assert "thermocline" in stating and "nearest" not in stating
    ice = [row for row in board.rows if row.variable == "siconc"]
    assert all(np.isfinite(row.extra["edge"]) for row in ice)


def test_the_report_has_its_figures_and_what_was_generated(scored):
    _, folder = scored
    report = json.loads((folder / "generation.json").read_text())
    assert report["violations"]["enforced"]["total"] == 0
    assert report["generated"]["faed"] > report["halves_of_the_truth"]["faed"]  # hardly trained
    assert {path.stem for path in (folder / "figures").glob("*.png")} >= {
        "generated",
        "spectra",
        "reconstruction_5",
        "reconstruction_30",
        *(f"summary_{name}" for name in ("sithick", "siconc", "damage", "siu", "siv")),
    }


@pytest.mark.parametrize(("held", "said"), [(24, "24 of the 48 states of"), (0, "states of")])
def test_the_card_says_how_many_states_are_interpolated(ice, scored, held, said):
    """Of 24 months of two members; models of before do not know it."""
    (_, model), (_, folder) = ice, scored
    assert model.contract.library_states == len(model.ensemble.library.codes)
    rows = json.loads((folder / "scoreboard.json").read_text())
    contract = json.loads(model.contract.model_dump_json()) | {"library_states": held}
    card = model_card("name", contract, {}, rows, [], Lineage(system="seaice"), "f" * 64)
    assert f"an ensemble optimal interpolation of {said} the training years" in card
    assert "On the standard deviation that is stated of the mean: sithick" in card


def test_states_without_an_edge_have_no_zone_and_spoil_no_mean():
    area, ocean = np.full((6, 8), 625.0), np.ones((6, 8), bool)
    judge = Judge(lambda states: states.mean(axis=(2, 3)), area, ocean)
    states = np.zeros((4, 5, 6, 8))
    states[1:, CONCENTRATION, :, :3] = 0.5
    states[1:, CONCENTRATION, :, 0] = 1
    months = np.array([1, 4, 7, 10])
    found = judge.distances(states, months, 0 * states, months)
    # Two columns of cells along an edge of one: two cells of 25 km.
    assert found["marginal_zone_km"] == [pytest.approx(50.0), None]
    assert found["edge_km"] == [pytest.approx(0.75 * 6 * 25), 0.0]


@pytest.mark.parametrize(
    "years", [[2008, 2009, 2010], [2009, 2010], [2008, 2010], [2007, 2009, 2011], [2007]]
)
def test_neither_half_of_the_truth_is_empty(years):
    """Whichever years are there; those of one year are in one half, if there are several."""
    year = np.repeat(years, 4)
    half = halves_of(year)
    assert 0 < half.sum() < len(half)
    if len(years) > 1:
        assert all(np.unique(half[year == each]).size == 1 for each in years)


def test_a_stated_deviation_has_no_skill_to_be_compared_with_where_nothing_is_wrong():
    one = np.ones((1, 1))
    score = lambda squared: IceScore("", {"weight": one, "stated": one, "squared": squared * one})
    assert score(4.0).stated_skill == 0.5
    assert np.isnan(score(0.0).stated_skill)

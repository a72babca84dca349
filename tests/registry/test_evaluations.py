"""A version is judged by the evaluation that was made last, and keeps the first."""

import shutil
from pathlib import Path
from types import SimpleNamespace

import numpy as np
import pytest
from made import NAME
from scored_report import board as scored_board
from scored_report import write_report

from thermocline.errors import BadData
from thermocline.registry.lineage.verify import BROKEN, verify_model
from thermocline.registry.promotion.promote import promote
from thermocline.registry.registration import evaluate_again as module
from thermocline.registry.registration.evaluate_again import evaluate_again
from thermocline.registry.registration.register import register
from thermocline.registry.store.connection import connect
from thermocline.registry.transfer.outgoing import export_model
from thermocline.registry.versions import evaluations
from thermocline.registry.versions.evaluations import stored_board
from thermocline.registry.versions.lookup import logged_id
from thermocline.verify.board.boardfiles import write_board

pytestmark = pytest.mark.usefixtures("quick")
NOTHING = lambda things, title="": things


def version(number: str = "1"):
    return connect().get_model_version(NAME, number)


def cases(number: str = "1") -> set[str]:
    return {case["case"] for case in stored_board(version(number)).cases}


def held(name: str) -> list[SimpleNamespace]:
    """A test split of one sample."""
    day = np.datetime64(f"{name.rpartition('/')[2]}-01", "D")
    return [SimpleNamespace(name=name, time=day)]


def evaluating(
    monkeypatch: pytest.MonkeyPatch, ours: float, samples: object = None, **report: object
) -> list[Path]:
    """Let the system's evaluation be a report that is made at once; the models that it scored."""
    scored: list[Path] = []

    def evaluate(config, folder, track, model):
        scored.append(model)
        board = scored_board(ours, **report)  # type: ignore[arg-type]
        write_board(board, folder)
        return board

    made = SimpleNamespace(
        digest=lambda: "e" * 64, of=lambda split: samples or held("truth/2005-01")
    )
    store = SimpleNamespace(open=lambda path: made)
    monkeypatch.setattr(module, "get", lambda system: SimpleNamespace(evaluate=evaluate))
    monkeypatch.setattr(module, "Store", store)
    return scored


def test_a_report_of_other_questions_counts(store: Path, models: list[Path], config) -> None:
    """The same model, evaluated on more months: a rival of those months is compared with it."""
    register(models[0], write_report(store / "six", 0.7, months=6), config, root=store)
    assert evaluations.part_of(version().tags) == "evaluation" and len(cases()) == 6
    again = write_report(store / "eight", 0.7, months=8)
    held = register(models[0], again, config, root=store)
    assert held.version == "1" and "champion" in held.aliases and len(cases()) == 8
    named = version().tags["thermocline.evaluation"]
    register(models[0], again, config, root=store)
    assert version().tags["thermocline.evaluation"] == named, "the same questions, the same answers"
    rival = write_report(store / "rival", 0.5, months=8)
    better = register(models[1], rival, config, root=store)
    assert better.promotion.against == "champion version 1" and better.promotion.better


def test_the_champion_is_asked_what_its_rival_was(
    store: Path, models: list[Path], config, monkeypatch: pytest.MonkeyPatch
) -> None:
    register(models[0], write_report(store / "six", 0.7, months=6), config, root=store)
    rival = write_report(store / "eight", 0.5, months=8)
    refused = register(models[1], rival, config, root=store)
    assert refused.promotion.decision == "refused"
    command = f"thermocline models evaluate models:/{NAME}/1"
    assert command in refused.note and f"models promote models:/{NAME}/2" in refused.note
    with pytest.raises(Exception, match=command):
        promote(connect(), NAME, "2", config)
    scored = evaluating(monkeypatch, 0.7, months=8)
    board, other = evaluate_again(connect(), version(), config, NOTHING)
    assert other and len(board.cases) and scored[0].name == "reconstruct"
    assert not evaluate_again(connect(), version(), config, NOTHING)[1], "it was asked already"
    assert promote(connect(), NAME, "2", config).promotion.against == "champion version 1"


def test_scores_are_of_the_data_that_were_asked(
    store: Path, models: list[Path], config, monkeypatch: pytest.MonkeyPatch
) -> None:
    register(models[0], write_report(store / "six", 0.7, months=6), config, root=store)
    evaluating(monkeypatch, 0.7, months=8)
    scores = lambda: {
        metric.dataset_digest
        for metric in connect().get_logged_model(logged_id(version())).metrics
        if metric.key == "rmse"
    }
    before = scores()
    evaluate_again(connect(), version(), config, NOTHING)
    assert "e" * 36 in scores() - before
    assert "Evaluated anew" in version().description


def test_one_flipped_byte_is_found_and_an_export_has_it(
    store: Path, models: list[Path], config, monkeypatch: pytest.MonkeyPatch
) -> None:
    register(models[0], write_report(store / "six", 0.7, months=6), config, root=store)
    evaluating(monkeypatch, 0.7, months=8)
    evaluate_again(connect(), version(), config, NOTHING)
    broken = lambda: [c.link for c in verify_model(f"models:/{NAME}/1") if c.state == BROKEN]
    before = broken()
    export_model(f"models:/{NAME}/1", store / "sent")
    named = evaluations.part_of(version().tags)
    assert (store / "sent/model/artifacts" / named / "cases.json").is_file()
    (kept,) = store.rglob(f"mlartifacts/**/{named}/cases.json")
    shutil.copyfile(store / "six/cases.json", kept)
    assert "later evaluation" in broken() and "later evaluation" not in before


@pytest.mark.parametrize(
    ("sample", "first", "words"),
    [
        ("r2/2004-12", 2004, "holds r2/2004-12, which was in its train split"),
        ("box/r1/2007-02", 2005, "holds box/r1/2007-02, which was in its validation split"),
        ("truth/2004-12", 2005, "holds 2004-2004, params.yaml asks for 2005-2009"),
    ],
)
def test_what_is_no_test(
    store: Path,
    models: list[Path],
    config,
    monkeypatch: pytest.MonkeyPatch,
    sample: str,
    first: int,
    words: str,
) -> None:
    """What it was trained or calibrated on; and data that were prepared for something else."""
    register(models[0], write_report(store / "six", 0.7), config, root=store)
    scored = evaluating(monkeypatch, 0.7, samples=held(sample))
    test = config.data.test.model_copy(update={"first": first})
    asked = config.model_copy(update={"data": config.data.model_copy(update={"test": test})})
    with pytest.raises(BadData, match=words):
        evaluate_again(connect(), version(), asked, NOTHING)
    assert not scored


def test_a_damaged_evaluation_is_replaced(
    store: Path, models: list[Path], config, monkeypatch: pytest.MonkeyPatch
) -> None:
    report = write_report(store / "six", 0.7, months=6)
    register(models[0], report, config, root=store)
    for kept in store.rglob("mlartifacts/**/evaluation/cases.json"):
        kept.unlink()
    evaluating(monkeypatch, 0.7, months=6)
    assert evaluate_again(connect(), version(), config, NOTHING)[1]
    assert len(cases()) == 6
    assert register(models[0], report, config, root=store).version == "1"

"""Registration: one version per model digest, however often it is started or killed.

Steps, each found done or done anew: (1) the training run, by its key; (2) the logged model, by
its digest, with its scores; (3) the version, created in one transaction with the tag that finds it
again; (4) the verdicts and the aliases, which are set last and are the same whenever they are
computed.
"""

import json
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from thermocline.config import Config
from thermocline.errors import BadData
from thermocline.files import json_text
from thermocline.predict.identity import SYSTEM, registered_name
from thermocline.predict.manifest import model_digest, refuse_pickles
from thermocline.registry.cards.card import model_card, short_card
from thermocline.registry.origin.provenance import trained_from
from thermocline.registry.origin.record import LINEAGE, PATCH, lineage_record, stored_patch
from thermocline.registry.promotion.comparison import scores
from thermocline.registry.promotion.edits import Edits, edited_tag
from thermocline.registry.promotion.promote import Registration, judge
from thermocline.registry.promotion.verdicts import against_best_baseline, against_reference
from thermocline.registry.registration.logged import log_evaluation, logged_model
from thermocline.registry.runs.datasets import link_scores
from thermocline.registry.runs.run_by_key import first_run
from thermocline.registry.runs.tracking import log_training_run
from thermocline.registry.store.connection import connect
from thermocline.registry.store.shown import make_registered_model, show_version
from thermocline.registry.store.tags import DIGEST
from thermocline.registry.versions import evaluations
from thermocline.registry.versions.at_hand import files_of_logged
from thermocline.registry.versions.checksums import checksums
from thermocline.registry.versions.lookup import find_version, first_of
from thermocline.systems import system_of
from thermocline.verify.board.boardfiles import read_board
from thermocline.verify.board.scoreboard import Board


def register(
    model_dir: str | Path,
    report_dir: str | Path,
    config: Config,
    *,
    training_dir: str | Path | None = None,
    name: str = "",
    system: str = "",
    root: str | Path = ".",
    allow_uncommitted: bool = False,
) -> Registration:
    """Register a trained and evaluated model, and promote it if it passes the promotion test.

    Args:
        model_dir: the trained and calibrated model's folder.
        report_dir: the folder that evaluation wrote (scoreboard.json, cases.json, figures).
        training_dir: the folder with training.json, if it is not the model's own.
        name: of the registered model; that of the model's system if empty.
        system: which system it is expected to be of, if any.
        root: the project's folder, for git, data.dvc and the lock file.
        allow_uncommitted: promote also what was trained by files that were never committed; it
            is registered in any case.

    Raises:
        BadFile: if either folder is incomplete.
        BadData: if evaluation did not score the model or any baseline.
    """
    model_dir, report_dir = Path(model_dir), Path(report_dir)
    digest = model_digest(model_dir)
    board = read_board(report_dir)
    system = _one_system(system, model_dir, board)
    name = name or registered_name(system)
    if not scores(board.cases):
        raise BadData(
            "no case of the model", where="cases.json", fix="run the evaluate stage again"
        )
    client = connect(system)
    training_dir = Path(training_dir or model_dir)
    training = _training(training_dir)
    version = find_version(client, name, digest)
    if version is None:
        made = _Made(model_dir, report_dir, training_dir, digest, system, training, board)
        version = _create_version(client, name, made, config, root)
    else:
        data = str(training.get("data_digest", ""))
        evaluations.add(client, version, report_dir, board, config, data)
    show_version(client, version)
    return judge(client, version, board, config, Edits(root, allow_uncommitted))


@dataclass(frozen=True)
class _Made:
    """What the stages made, and what was read of it: training.json and the scoreboard."""

    model_dir: Path
    report_dir: Path
    training_dir: Path
    digest: str
    system: str
    training: dict[str, Any]
    board: Board


def _create_version(client: Any, name: str, made: _Made, config: Config, root: str | Path) -> Any:
    """The version of a model that has none yet: its run, its files with the scores, its tags."""
    system, digest, training, board = made.system, made.digest, made.training, made.board
    origin = trained_from(training, root)
    verdicts = [against_best_baseline(board, config), against_reference(board, config)]
    patch = stored_patch(made.training_dir, training, root)
    key = str(training.get("training_key") or digest)
    known = first_run(client, client.get_experiment_by_name(system).experiment_id, key)
    run_id = (
        known.info.run_id
        if known
        else log_training_run(config, training, system=system, key=key, root=root, patch=patch)
    )
    log_evaluation(client, run_id, digest, training, made.model_dir, made.report_dir)
    lineage = lineage_record(system, training, config, root, run_id)
    card = model_card(
        name,
        json.loads((made.model_dir / "contract.json").read_text(encoding="utf-8")),
        training,
        json.loads((made.report_dir / "scoreboard.json").read_text(encoding="utf-8")),
        verdicts,
        lineage,
        digest,
    )
    texts: dict[str, str | bytes] = {
        "README.md": card,
        "training.json": json_text(training),
        LINEAGE: lineage.to_json(),
        **({PATCH: patch} if patch else {}),
    }
    model_id = logged_model(client, run_id, made.model_dir, made.report_dir, texts, digest, name)
    data, steps = str(training.get("data_digest", "")), int(training.get("steps", 0))
    link_scores(client, run_id, model_id, board, data, steps)
    with files_of_logged(client, model_id) as files:
        refuse_pickles(files)
        sha256 = checksums(files)
    tags = {
        DIGEST: digest,
        SYSTEM: system,
        "thermocline.data_digest": data,
        **{f"thermocline.{key}": value for key, value in origin.items()},
        **lineage.tags(),
        **edited_tag(patch),
        **sha256,
    }
    make_registered_model(client, name, system, {SYSTEM: system})
    created = client.create_model_version(
        name,
        f"models:/{model_id}",
        run_id=run_id,
        tags=tags,
        description=short_card(card),
        model_id=model_id,
        await_creation_for=0,
    )
    return first_of(client, created, digest)


def _one_system(expected: str, model_dir: Path, board: Board) -> str:
    """The system that contract, report and caller agree on."""
    system = system_of(model_dir)
    for other, where in ((expected, "what was asked for"), (board.system, "the report")):
        if other not in ("", system):
            raise BadData(
                f"the model is of the system {system!r}, but {where} of {other!r}",
                where=model_dir.name,
                fix="name a model and its own report",
            )
    return system


def _training(model_dir: Path) -> dict[str, Any]:
    path = model_dir / "training.json"
    if not path.is_file():
        raise BadData("no training.json", where=model_dir.name, fix="run the train stage again")
    return dict(json.loads(path.read_text(encoding="utf-8")))

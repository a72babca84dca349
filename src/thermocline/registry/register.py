"""Registration: one version per model digest, however often it is started or killed.

Steps, each found done or done anew: (1) the training run, by its key; (2) the logged model, by
its digest, with its scores; (3) the version, created in one transaction with the tag that finds it
again; (4) the verdicts and the aliases, which are set last and are the same whenever they are
computed.
"""

import json
import shutil
import tempfile
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from thermocline.config import Config
from thermocline.errors import BadData
from thermocline.predict.champion import SYSTEM, registered_name
from thermocline.predict.manifest import model_digest
from thermocline.registry.card import model_card, short_card
from thermocline.registry.comparison import scores
from thermocline.registry.edits import Edits, edited_tag
from thermocline.registry.lineage.record import LINEAGE, PATCH, lineage_record, stored_patch
from thermocline.registry.model_scores import link_scores
from thermocline.registry.package import assemble, log_pyfunc
from thermocline.registry.promotion import REPORT, Registration, judge
from thermocline.registry.provenance import trained_from
from thermocline.registry.run_logger import RunLogger
from thermocline.registry.tracking import KEY, MODEL, connect, log_training_run
from thermocline.registry.verdicts import against_best_baseline, against_reference
from thermocline.systems import system_of
from thermocline.systems.learning import VALIDATION
from thermocline.verify.scoreboard import Board

DIGEST = "thermocline.digest"


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
    board = Board.read(report_dir)
    system = _one_system(system, model_dir, board)
    name = name or registered_name(system)
    if not scores(board.cases):
        raise BadData(
            "no case of the model", where="cases.json", fix="run the evaluate stage again"
        )
    client = connect(system)
    training_dir = Path(training_dir or model_dir)
    training = _training(training_dir)
    origin = trained_from(training, root)
    verdicts = [against_best_baseline(board, config), against_reference(board, config)]
    version = _find_version(client, name, digest)
    if version is None:
        patch = stored_patch(training_dir, training, root)
        run_id = _training_run(
            client, config, training, digest, system, root, model_dir, report_dir, patch
        )
        lineage = lineage_record(system, training, config, root, run_id=run_id, experiment=system)
        card = model_card(
            name,
            json.loads((model_dir / "contract.json").read_text(encoding="utf-8")),
            training,
            json.loads((report_dir / "scoreboard.json").read_text(encoding="utf-8")),
            verdicts,
            origin,
            digest,
            lineage.model_dump(mode="json"),
        )
        texts: dict[str, str | bytes] = {
            "README.md": card,
            "training.json": json.dumps(training, indent=1) + "\n",
            LINEAGE: lineage.to_json(),
            **({PATCH: patch} if patch else {}),
        }
        model_id, uri = _logged_model(client, run_id, model_dir, report_dir, texts, digest, name)
        data, steps = str(training.get("data_digest", "")), int(training.get("steps", 0))
        link_scores(client, run_id, model_id, board, data, steps)
        tags = {
            DIGEST: digest,
            SYSTEM: system,
            "thermocline.data_digest": data,
            **{f"thermocline.{key}": value for key, value in origin.items()},
            **lineage.tags(),
            **edited_tag(patch),
        }
        _ensure_registered(client, name, system)
        version = client.create_model_version(
            name,
            uri,
            run_id=run_id,
            tags=tags,
            description=short_card(card),
            model_id=model_id,
            await_creation_for=0,
        )
    return judge(client, version, board, config, Edits(root, allow_uncommitted))


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


def _training_run(
    client: Any,
    config: Config,
    training: Mapping[str, Any],
    digest: str,
    system: str,
    root: str | Path,
    model_dir: Path,
    report_dir: Path,
    patch: bytes,
) -> str:
    """The run that trained this model — the one with training's key, or one recorded now."""
    experiment = client.get_experiment_by_name(system).experiment_id
    key = str(training.get("training_key") or digest)
    found = client.search_runs([experiment], f"tags.`{KEY}` = '{key}'", max_results=1)
    if found:
        run_id = str(found[0].info.run_id)
    else:
        history = training.get("history") or []
        run_id = log_training_run(
            config, training, history, system=system, root=root, key=key, patch=patch
        )
    client.set_tag(run_id, MODEL, digest)
    if (model_dir / VALIDATION).is_file():
        validation = json.loads((model_dir / VALIDATION).read_text(encoding="utf-8"))
        RunLogger(client, run_id).log_metrics(validation, int(training.get("steps", 0)))
    for figure in sorted((report_dir / "figures").glob("*.png")):
        client.log_artifact(run_id, str(figure), "figures")
    for report in ("scoreboard.md", "scoreboard.json"):
        if (report_dir / report).is_file():
            client.log_artifact(run_id, str(report_dir / report), REPORT)
    return run_id


def _logged_model(
    client: Any,
    run_id: str,
    model_dir: Path,
    report_dir: Path,
    texts: Mapping[str, str | bytes],
    digest: str,
    name: str,
) -> tuple[str, str]:
    """Id and address of the logged model with this digest: the one there is, or a new one."""
    experiment = client.get_run(run_id).info.experiment_id
    found = client.search_logged_models([experiment], filter_string=f"tags.`{DIGEST}` = '{digest}'")
    for model in found:
        if str(model.status) == "READY":
            return model.model_id, f"models:/{model.model_id}"
        client.delete_logged_model(model.model_id)  # begun, and killed before it was whole
    with tempfile.TemporaryDirectory(prefix="thermocline-") as scratch:
        folder = assemble(model_dir, Path(scratch) / system_of(model_dir), texts)
        report = Path(scratch) / REPORT
        report.mkdir()
        for part in ("scoreboard.json", "cases.json", "scoreboard.md"):
            if (report_dir / part).is_file():
                shutil.copyfile(report_dir / part, report / part)
        info = log_pyfunc(run_id, folder, name, {DIGEST: digest}, {REPORT: report})
    return info.model_id, info.model_uri


def _find_version(client: Any, name: str, digest: str) -> Any:
    found = client.search_model_versions(f"name = '{name}' AND tag.`{DIGEST}` = '{digest}'")
    return min(found, key=lambda v: int(v.version)) if found else None


def _ensure_registered(client: Any, name: str, system: str) -> None:
    from mlflow.exceptions import MlflowException

    try:
        client.create_registered_model(name, tags={SYSTEM: system})
    except MlflowException as problem:
        if problem.error_code != "RESOURCE_ALREADY_EXISTS":
            raise

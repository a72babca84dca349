"""The chain of a model, link by link: from what serves it to the raw files it began with."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from thermocline.pipeline.repository import git
from thermocline.registry.lineage.bentos import Bento, bentos
from thermocline.registry.lineage.subject import Subject, find_subject
from thermocline.registry.origin.record import read_lineage
from thermocline.registry.origin.records import DataRecord, Lineage, RawFile
from thermocline.registry.store.calls import if_there
from thermocline.registry.store.tags import BASELINE_VERDICT, STATE, STUDY, TRIAL, VERDICT, quoted
from thermocline.registry.versions.lookup import aliases_of
from thermocline.systems import system_of


@dataclass(frozen=True)
class Link:
    """One link: its kind, what it is called, and what is known of it."""

    kind: str
    name: str
    facts: dict[str, str]

    def __post_init__(self) -> None:
        known = {key: value for key, value in self.facts.items() if value}
        object.__setattr__(self, "facts", known)


@dataclass(frozen=True)
class Chain:
    """The whole chain, from the served end. `lineage` is the stored record it was told from."""

    reference: str
    links: tuple[Link, ...]
    lineage: Lineage

    def to_dict(self) -> dict[str, Any]:
        """As plain JSON values."""
        return {
            "reference": self.reference,
            "links": [vars(link) for link in self.links],
            "lineage": self.lineage.model_dump(mode="json"),
        }


def walk(reference: str, root: str | Path = ".", name: str | None = None) -> Chain:
    """Walk the chain of a model named as in `find_subject`; nothing is recomputed (see `verify`).

    Raises:
        BadFile: if the model is not there, or carries no lineage.
    """
    subject = find_subject(reference, root, name)
    lineage = read_lineage(subject.folder)
    served = [
        Link("Bento", bento.tag, _built(bento, lineage)) for bento in served_by(subject, root)
    ]
    found = [
        *served,
        _model(subject),
        _run(subject, lineage),
        *_study(subject, lineage),
        _code(lineage, root),
        _locks(lineage),
        *_data(lineage.data),
    ]
    return Chain(reference, tuple(found), lineage)


def served_by(subject: Subject, root: str | Path) -> list[Bento]:
    """The Bento a model was named by, or those in the store here that hold it."""
    if subject.bento is not None:
        return [subject.bento]
    digest = subject.digest
    return [b for b in bentos(root) if b.holding(digest)]


def _built(bento: Bento, lineage: Lineage) -> dict[str, str]:
    """When, and what else is inside: the chain is of one of its models."""
    facts = {"built": bento.created[:19].replace("T", " ")}
    if len(set(bento.models)) > 1:
        others = [s for s in map(system_of, bento.models) if s != lineage.system]
        facts |= {"shown": lineage.system, "others": f"{', '.join(others)} (--system)"}
    return facts


def _model(subject: Subject) -> Link:
    version = subject.version
    tags = version.tags if version else {}
    aliases = aliases_of(subject.client, version) if version else ()
    name = f"{subject.name} version {subject.number}" if subject.name else subject.folder.name
    facts = {
        "aliases": " ".join(f"@{alias}" for alias in aliases),
        "digest": subject.digest,
        "verdict": tags.get(VERDICT, ""),
        "baseline": tags.get(BASELINE_VERDICT, ""),
        "registry": "" if version else "not registered here",
    }
    return Link("Model", name, facts)


def find_run(subject: Subject, lineage: Lineage) -> Any:
    """The training run as the server here knows it: by the record, else by the version."""
    wanted = [lineage.run.run_id, subject.version.run_id if subject.version else ""]
    for run_id in filter(None, wanted if subject.client is not None else ()):
        if run := if_there(subject.client.get_run, run_id, any_refusal=True):
            return run
    return None


def _run(subject: Subject, lineage: Lineage) -> Link:
    run = find_run(subject, lineage)
    if run is None:
        facts = {"experiment": lineage.run.experiment, "server": "not on the server here"}
        return Link("Run", lineage.run.run_id or "unknown", facts)
    info = run.info
    seconds = (info.end_time - info.start_time) / 1000 if info.end_time else 0
    facts = {
        "experiment": lineage.run.experiment,
        "name": run.data.tags.get("mlflow.runName", ""),
        "status": f"{info.status}{', deleted' * (info.lifecycle_stage != 'active')}",
        "started": datetime.fromtimestamp(info.start_time / 1000, UTC).strftime("%Y-%m-%d %H:%M:%S")
        + " UTC",
        "open for": f"{seconds:.0f} s, from training to registration" if seconds else "",
    }
    return Link("Run", info.run_id, facts)


def find_trial(subject: Subject, lineage: Lineage) -> Any:
    """The trial's own run, as the server here knows it; None if it does not."""
    study = lineage.study
    if study is None or subject.client is None:
        return None
    query = f"tags.`{STUDY}` = {quoted(study.name)} AND tags.`{TRIAL}` = '{study.trial}'"

    def search() -> list[Any]:
        experiment = subject.client.get_experiment_by_name(lineage.run.experiment)
        found = subject.client.search_runs([experiment.experiment_id], query) if experiment else []
        return list(found)

    # Training runs name the study, too; a trial's run says how the trial ended.
    found = if_there(search, any_refusal=True) or ()
    return next((run for run in found if STATE in run.data.tags), None)


def _study(subject: Subject, lineage: Lineage) -> list[Link]:
    study = lineage.study
    if study is None:
        return []
    score = "" if study.value is None else f"{study.value:.4f}"
    default = "" if study.default_value is None else f"{study.default_value:.4f}"
    run = find_trial(subject, lineage)
    facts = {
        "score": score + (f" (the defaults': {default})" if default else ""),
        "run": run.info.run_id if run else study.run_id or "",
        **{key: str(value) for key, value in study.overrides.items()},
    }
    return [Link("Study", f"{study.name}, trial {study.trial}", facts)]


def _code(lineage: Lineage, root: str | Path) -> Link:
    code = lineage.code
    said = git(root, "show", "-s", "--format=%ci%n%s", code.git_commit) if code.git_commit else None
    date, _, subject = (said or b"").decode(errors="replace").strip().partition("\n")
    facts = {
        "date": date,
        "subject": subject,
        "uncommitted": f"patch with SHA-256 {code.patch_sha256}" if code.uncommitted else "",
        "repository": "" if said else "not in the repository here",
    }
    return Link("Commit", code.git_commit or "none: trained outside git", facts)


def _locks(lineage: Lineage) -> Link:
    code, env = lineage.code, lineage.environment
    machine = [
        f"Python {env.python}",
        f"torch {env.torch}",
        env.processor,
        f"{env.threads} thread{'s' * (env.threads != 1)}",
    ]
    facts = {
        "dvc.yaml": code.dvc_yaml_sha256,
        "dvc.lock": code.dvc_lock_sha256,
        "trained with": ", ".join(machine) if env.python else "",
        "platform": env.platform,
    }
    return Link("Lock", f"requirements.lock {code.lock_sha256 or 'unknown'}", facts)


def _data(data: DataRecord) -> list[Link]:
    prepared, raw = data.prepared, data.raw
    made = {"DVC md5": prepared.dvc_md5, "content": prepared.content_digest}
    files = {
        "DVC md5": raw.dvc_md5,
        "files": _amount(raw.files),
        "read": "" if raw.unread is None else f"{_amount(raw.read)} by this system: those below",
    }
    return [Link("Prepared", prepared.path or "unknown", made), Link("Raw", f"{raw.path}/", files)]


def _amount(files: Sequence[RawFile]) -> str:
    """How many files, and how large they are together."""
    return f"{len(files)} ({sum(file.bytes for file in files) / 1e6:.1f} MB)"

"""The registry's links: the version's files, its run, study, alias log, and Bentos."""

import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from thermocline.errors import ThermoclineError
from thermocline.predict.manifest import IDENTITY, check_manifest
from thermocline.predict.registered import fetch_registered
from thermocline.registry.aliases.history import CHAMPION, holder
from thermocline.registry.aliases.log import entries
from thermocline.registry.lineage.bentos import labels, labels_of, written
from thermocline.registry.lineage.chain import find_run, find_trial, served_by
from thermocline.registry.lineage.check import BROKEN, NOT_HERE, OK, Check, same
from thermocline.registry.lineage.subject import Subject
from thermocline.registry.origin.provenance import flatten
from thermocline.registry.origin.records import Lineage, StudyRecord
from thermocline.registry.store.reader import files_here
from thermocline.registry.store.tags import (
    DIGEST,
    EVALUATION,
    KEY,
    STATE,
    STUDY,
    TRIAL,
    UNCOMMITTED_SUFFIX,
)
from thermocline.registry.versions.checksums import CHECKED
from thermocline.registry.versions.intact import checksums_now, describe
from thermocline.registry.versions.lookup import label


def check_files(subject: Subject, lineage: Lineage) -> Iterator[Check]:
    """Every file against the manifest, the content against the registry's digest and tags."""
    digest = check_manifest(subject.folder)
    count = sum(path.is_file() for path in subject.folder.rglob("*"))
    yield Check("model files", OK, f"{count} files as in the manifest, digest {digest}")
    contract = json.loads((subject.folder / "contract.json").read_text(encoding="utf-8"))
    said, recorded = contract.get("data_digest", ""), lineage.data.prepared.content_digest
    yield same("contract, data digest", said, recorded, "digest")
    if subject.version is None:
        yield Check("registry", NOT_HERE, "no version of this content is registered here")
        return
    tags = subject.version.tags
    yield same("registry, digest", tags.get(DIGEST, ""), digest, "digest")
    changed = UNCOMMITTED_SUFFIX * lineage.code.uncommitted
    facts = {
        "git_commit": f"{lineage.code.git_commit}{changed}",
        "lock_sha256": lineage.code.lock_sha256,
        "data_hash": lineage.data.raw.dvc_md5,
        "data_digest": lineage.data.prepared.content_digest,
        **{key.removeprefix("thermocline."): value for key, value in lineage.tags().items()},
    }
    wrong = [k for k, v in facts.items() if tags.get(f"thermocline.{k}", "") != v]
    detail = f"differ from the lineage: {', '.join(wrong)}" if wrong else "as in the lineage"
    yield Check("registry, tags", BROKEN if wrong else OK, detail)
    home = _home(subject.version)
    yield from _check_checksums(subject.version, home)
    described = describe(home, label(subject.version), "register the model again")
    yield Check("MLmodel", OK, f"describes {', '.join(sorted(described['flavors']))}")


def _home(version: Any) -> Path:
    """All files of a version, here or fetched."""
    return files_here(version) or fetch_registered(version.name, str(version.version))[1].parents[1]


def _check_checksums(version: Any, home: Path) -> Iterator[Check]:
    """The stored evaluation, which decides promotions, and the code against the version's tags."""
    if not any(version.tags.get(tag) for tag in (*CHECKED, EVALUATION)):
        detail = "SHA-256 was not recorded: an older Thermocline registered it"
        yield Check("evaluation and code", NOT_HERE, detail)
        return
    found = checksums_now(home, version.tags)
    for tag, name in CHECKED.items():
        if found.get(tag) or version.tags.get(tag):
            link = Path(name).name
            yield same(link, found.get(tag, ""), version.tags.get(tag, ""), "SHA-256")
    if later := version.tags.get(EVALUATION):
        yield same("later evaluation", found[EVALUATION], later, "SHA-256")


def check_run(subject: Subject, lineage: Lineage) -> Iterator[Check]:
    """The run is on the server, is the one that trained, and names the study and trial."""
    if subject.client is None:
        yield Check("run", NOT_HERE, "there is no tracking server here")
        return
    run = find_run(subject, lineage)
    if run is None:
        state = BROKEN if subject.version else NOT_HERE
        yield Check("run", state, f"{lineage.run.run_id} is not on this server")
        return
    if run.info.lifecycle_stage != "active":
        yield Check("run", BROKEN, f"{run.info.run_id} was deleted")
        return
    key = run.data.tags.get(KEY, "")
    if lineage.training_key and key != lineage.training_key:
        yield Check("run", BROKEN, f"{run.info.run_id} is another training's ({key})")
        return
    yield Check("run", OK, run.info.run_id)
    if lineage.study is not None:
        tags = run.data.tags
        said = f"{tags.get(STUDY, '')}, trial {tags.get(TRIAL, '')}"
        recorded = f"{lineage.study.name}, trial {lineage.study.trial}"
        yield same("study", said, recorded, "the run's study is")
        trial = find_trial(subject, lineage)
        if trial is None:
            yield Check("trial", NOT_HERE, f"trial {lineage.study.trial} has no run on this server")
        else:
            yield from _trial(trial, lineage.study)


def _trial(run: Any, study: StudyRecord) -> Iterator[Check]:
    """The trial's run was of the settings that training took, and was not deleted."""
    wrong = [
        key
        for key, value in flatten(study.overrides).items()
        if run.data.params.get(key, value) != value
    ]
    if wrong:
        yield Check("trial", BROKEN, f"{run.info.run_id} tried another {', '.join(wrong)}")
    else:
        yield Check("trial", OK, f"{run.info.run_id}, {run.data.tags[STATE]}")


def check_log(subject: Subject) -> Iterator[Check]:
    """The log of alias changes is whole, and MLflow's alias is with whom the log says."""
    if subject.version is None:
        return
    log = entries(subject.client, subject.version.name)
    if not log:
        yield Check("alias log", NOT_HERE, "no entry yet")
        return
    yield Check("alias log", OK, f"whole, {len(log)} entr{'y' if len(log) == 1 else 'ies'}")
    due = holder(log, CHAMPION) or "nobody"
    aliases = subject.client.get_registered_model(subject.version.name).aliases
    now = str(aliases.get(CHAMPION, "nobody"))
    if now == due:
        yield Check(f"@{CHAMPION}", OK, f"held by {due}, in MLflow as in the log")
    else:
        yield Check(f"@{CHAMPION}", BROKEN, f"held by {now} in MLflow, but by {due} in the log")


def check_bentos(subject: Subject, lineage: Lineage, root: Path) -> Iterator[Check]:
    """Bentos that serve this model hold the same files and carry the same facts."""
    system = lineage.system
    whole = labels(subject.name, subject.number, subject.digest, lineage, system)
    expected = labels_of(system, whole)
    found = served_by(subject, root)
    if not found:
        yield Check("Bento", NOT_HERE, "none in the store here serves this model")
    for bento in found:
        link = f"Bento {bento.tag}"
        try:
            inside = bento.holding(subject.digest) or bento.model
            digest = check_manifest(inside)
        except ThermoclineError as problem:
            yield Check(link, BROKEN, str(problem))
            continue
        said = labels_of(system, bento.labels)
        wrong = [key for key, value in expected.items() if said.get(key) != value]
        if digest != subject.digest or written(inside, IDENTITY, "digest") != digest:
            yield Check(link, BROKEN, f"it serves another model, of digest {digest}")
        elif wrong:
            yield Check(link, BROKEN, f"its labels differ from the lineage: {', '.join(wrong)}")
        else:
            yield Check(link, OK, "the same model, and the same facts in its labels")

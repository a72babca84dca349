"""The parts of a lineage record, typed (see record.py)."""

from typing import Any

from pydantic import BaseModel, ConfigDict

from thermocline.files import json_text

VERSION = 2
KNOWN = (1, VERSION)
"""Versions of records that are read. Since the second a raw file says whether it was read."""
TAGGED = ("study", "trial", "patch_sha256", "prepared_md5")


class _Part(BaseModel):
    model_config = ConfigDict(frozen=True, extra="forbid", protected_namespaces=())


class RunRecord(_Part):
    """The training run, as the tracking server at registration knew it."""

    run_id: str = ""
    experiment: str = ""


class StudyRecord(_Part):
    """The study that training took its parameters from: those of a trial.

    Attributes:
        trial: its number within the study.
        run_id: the trial's own run, if it was tracked.
        value, default_value: validation score of the trial and of the defaults; less is better.
        overrides: the parameters it set, by dotted name.
        why: why its settings were trained, or those of params.yaml.
    """

    name: str
    trial: int
    run_id: str | None = None
    value: float | None = None
    default_value: float | None = None
    overrides: dict[str, Any] = {}
    why: str = ""


class CodeRecord(_Part):
    """The tree that trained: a commit, a patch if anything differed from it, and what it locks.

    Hashes are SHA-256 of the files as they were when training began, "" where there was none;
    that of dvc.lock, which training itself is about to change, is of registration.
    """

    git_commit: str = ""
    uncommitted: bool = False
    patch_sha256: str = ""
    lock_sha256: str = ""
    dvc_lock_sha256: str = ""
    dvc_yaml_sha256: str = ""


class EnvironmentRecord(_Part):
    """What the numbers may depend on beyond the code: the same weights to the bit need the same."""

    python: str = ""
    torch: str = ""
    platform: str = ""
    processor: str = ""
    device: str = ""
    threads: int = 0


class RawFile(_Part):
    """A provider's file.

    Attributes:
        path: within the raw folder.
        sha256: "" if the very bytes were not at hand to be hashed.
        read: whether the model's system reads it; None if that was not recorded.
    """

    path: str
    md5: str
    sha256: str = ""
    bytes: int = 0
    provider: str = ""
    read: bool | None = None


class PreparedRecord(_Part):
    """The training store: the file's MD5, as DVC counts, and the digest of its content."""

    path: str = ""
    dvc_md5: str = ""
    content_digest: str = ""


class RawRecord(_Part):
    """The raw data folder: DVC's hash of the whole, and every file beneath it."""

    path: str = "data"
    dvc_md5: str = ""
    files: tuple[RawFile, ...] = ()

    @property
    def read(self) -> tuple[RawFile, ...]:
        """The files that the model's system reads; all, if that was not recorded."""
        return tuple(file for file in self.files if file.read is not False)

    @property
    def unread(self) -> int | None:
        """How many files of the folder it does not read; None if that was not recorded."""
        if not self.files or any(file.read is None for file in self.files):
            return None
        return len(self.files) - len(self.read)


class DataRecord(_Part):
    """Prepared and raw data."""

    prepared: PreparedRecord = PreparedRecord()
    raw: RawRecord = RawRecord()


class Lineage(_Part):
    """The whole chain of one model. `params` is the resolved configuration, nested."""

    lineage_version: int = VERSION
    system: str
    training_key: str = ""
    run: RunRecord = RunRecord()
    study: StudyRecord | None = None
    code: CodeRecord = CodeRecord()
    environment: EnvironmentRecord = EnvironmentRecord()
    params: dict[str, Any] = {}
    data: DataRecord = DataRecord()

    def to_json(self) -> str:
        """The text of lineage.json."""
        return json_text(self.model_dump(mode="json"))

    def facts(self) -> dict[str, str]:
        """What names each link, as a Bento's labels say it; facts that are not there are left out.

        Those of `TAGGED` are tags of the registered version, too.
        """
        study, code, data = self.study, self.code, self.data
        found = {
            "run_id": self.run.run_id,
            "study": study.name if study else "",
            "trial": str(study.trial) if study else "",
            "git_commit": code.git_commit,
            "patch_sha256": code.patch_sha256,
            "lock_sha256": code.lock_sha256,
            "prepared_md5": data.prepared.dvc_md5,
            "prepared_digest": data.prepared.content_digest,
            "raw_md5": data.raw.dvc_md5,
        }
        return {key: value for key, value in found.items() if value}

    def tags(self) -> dict[str, str]:
        """What the registry's lists show of it."""
        return {f"thermocline.{k}": v for k, v in self.facts().items() if k in TAGGED}

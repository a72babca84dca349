"""The facts of a lineage as flat text: what a Bento's labels say, and `verify` compares."""

from collections.abc import Mapping

from thermocline.registry.lineage.parts import Lineage


def prefix(system: str) -> str:
    """What the labels of a system's model begin with."""
    return f"{system}." if system else ""


def labels_of(system: str, found: Mapping[str, str]) -> dict[str, str]:
    """A Bento's labels of one system's model, without what they begin with.

    Bentos of before labels named systems have one set that names none.
    """
    begins = prefix(system)
    own = {key.removeprefix(begins): v for key, v in found.items() if key.startswith(begins)}
    return own or {key: value for key, value in found.items() if "." not in key}


def labels(
    name: str, version: str, digest: str, lineage: Lineage | None, system: str = ""
) -> dict[str, str]:
    """Labels of a Bento that serves this version. BentoML wants text; absent facts are left out.

    Args:
        system: the model's; if empty, that of its lineage.
        name, version: the registered model.
        digest: the model's digest.
        lineage: None for a model that was registered before lineages were stored.
    """
    facts = {"model": name, "model_version": version, "model_digest": digest}
    if lineage is not None:
        study, code, data = lineage.study, lineage.code, lineage.data
        facts |= {
            "run_id": lineage.run.run_id,
            "study": study.name if study else "",
            "trial": str(study.trial) if study else "",
            "git_commit": code.git_commit,
            "patch_sha256": code.patch_sha256,
            "lock_sha256": code.lock_sha256,
            "prepared_md5": data.prepared.dvc_md5,
            "prepared_digest": data.prepared.content_digest,
            "raw_md5": data.raw.dvc_md5,
        }
    begins = prefix(system or (lineage.system if lineage else ""))
    return {f"{begins}{key}": value for key, value in facts.items() if value}

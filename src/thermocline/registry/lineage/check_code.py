"""The code's link: the commit and its patch are here, and they hold the files they are said to."""

from collections.abc import Iterator
from hashlib import sha256
from pathlib import Path

from thermocline.errors import BadData
from thermocline.pipeline.repository import git
from thermocline.registry.lineage.check import BROKEN, NOT_HERE, OK, Check, same
from thermocline.registry.origin.dvc_facts import DATA_FILE, parse_data_file
from thermocline.registry.origin.provenance import LOCK
from thermocline.registry.origin.record import PATCH
from thermocline.registry.origin.records import Lineage
from thermocline.registry.origin.tree import file_at, head


def check_code(lineage: Lineage, folder: Path, root: Path) -> Iterator[Check]:
    """Commit, patch, and what the tree they make says of environment, pipeline and data."""
    code = lineage.code
    patch, verdict = _patch(lineage, folder)
    if verdict is not None:
        yield verdict
    if not code.git_commit:
        yield Check("commit", BROKEN, "trained outside git: no commit was recorded")
        return
    try:
        here, reason = head(root), "there is no git repository here"
    except BadData as problem:
        here, reason = "", str(problem)
    if not here:
        yield Check("commit", NOT_HERE, reason)
        return
    if git(root, "cat-file", "-e", f"{code.git_commit}^{{commit}}") is None:
        shallow = (git(root, "rev-parse", "--is-shallow-repository") or b"").strip() == b"true"
        hint = "this clone is shallow: `git fetch --unshallow`" if shallow else "`git fetch --all`"
        yield Check("commit", BROKEN, f"{code.git_commit} is not in this repository ({hint})")
        return
    yield Check("commit", OK, code.git_commit)
    if verdict is not None and verdict.state != OK:
        return
    for path, recorded in ((LOCK, code.lock_sha256), ("dvc.yaml", code.dvc_yaml_sha256)):
        content = file_at(root, code.git_commit, patch, path)
        found = sha256(content).hexdigest() if content is not None else ""
        if found or recorded:
            yield same(f"{path} at the commit", found, recorded, "SHA-256")
    if lineage.data.raw.dvc_md5:
        content = file_at(root, code.git_commit, patch, DATA_FILE)
        found = parse_data_file(content.decode())[1] if content else ""
        yield same(f"{DATA_FILE} at the commit", found, lineage.data.raw.dvc_md5, "DVC hash")


def _patch(lineage: Lineage, folder: Path) -> tuple[bytes, Check | None]:
    """The stored patch, and whether it is the one recorded; None if there was nothing to store."""
    path, code = folder / PATCH, lineage.code
    patch = path.read_bytes() if path.is_file() else b""
    if not code.uncommitted:
        return b"", Check(
            "patch", BROKEN, "a patch that training did not record"
        ) if patch else None
    if not patch:
        return b"", Check("patch", BROKEN, f"{PATCH} is missing from the version's files")
    return patch, same("patch", sha256(patch).hexdigest(), code.patch_sha256, "SHA-256")

"""The raw data of a recorded version, brought into a checked-out tree and checked."""

import shutil
import subprocess
import sys
from pathlib import Path

import yaml

from thermocline.errors import BadData, BadFile
from thermocline.registry.origin.dvc_facts import DATA_FILE, folder_hash, md5_of_files, raw_hash
from thermocline.registry.rebuilding.run_stages import Stages
from thermocline.registry.rebuilding.worktree import clean_environment, folder_of

_DVC = (sys.executable, "-m", "dvc")
_REMOTE = "checkout"


def restore_data(stages: Stages, root: Path) -> None:
    """Bring the recorded raw data into the tree, and check them to the byte.

    Looked for in the DVC cache of the project at `root` (which is only read), then in the remote
    that the commit names, then in the project's own data folder, if that is the same version.

    Raises:
        BadFile: if they are nowhere, or what came is not the recorded version.
    """
    tree, raw = stages.tree, stages.lineage.data.raw
    if not raw.dvc_md5:
        raise BadFile(
            "DVC did not track the raw data when this model was trained",
            where=raw.path,
            fix="`dvc add data`, commit data.dvc, and train again",
        )
    if raw_hash(tree)[1] != raw.dvc_md5:
        # Training read another version than the commit names: data.dvc lagged behind.
        output = {"md5": raw.dvc_md5, "hash": "md5", "path": raw.path}
        (tree / DATA_FILE).write_text(yaml.safe_dump({"outs": [output]}), encoding="utf-8")
    reason = _pull(stages, root)
    if reason:
        if content_hash(root / raw.path) != raw.dvc_md5:
            raise BadFile(
                f"the raw data of the recorded version are not to be had: {reason}",
                where=raw.path,
                fix="`dvc fetch data.dvc` with the recorded commit checked out, or put the "
                f"recorded files into {raw.path}/",
            )
        stages.say("note", f"raw data: copied from the project's own {raw.path}/, the same version")
        shutil.rmtree(tree / raw.path, ignore_errors=True)
        shutil.copytree(root / raw.path, tree / raw.path)
    if content_hash(tree / raw.path) != raw.dvc_md5:
        raise BadFile(
            f"what DVC brought is not the recorded version {raw.dvc_md5}",
            where=raw.path,
            fix="the cache or remote is damaged: fetch the data again (`dvc fetch -f data.dvc`)",
        )


def content_hash(folder: Path) -> str:
    """DVC's hash of the files in `folder`, "" if there is no such folder."""
    files = md5_of_files(folder)
    return folder_hash(files) if files else ""


def _pull(stages: Stages, root: Path) -> str:
    """Pull `data.dvc` of the tree; why that failed, or ""."""
    environment = clean_environment() | {
        "DVC_SITE_CACHE_DIR": str(folder_of(stages.tree) / "dvc"),
        "DVC_NO_ANALYTICS": "1",
    }
    _add_cache(stages.tree, root, environment)
    reason = ""
    for remote in (["--remote", _REMOTE], []):
        try:
            pull = [*_DVC, "pull", "--quiet", *remote, DATA_FILE]
            stages.command("raw data", pull, environment)
            return ""
        except BadData as problem:
            reason = problem.what.splitlines()[-1]
    return reason


def _add_cache(tree: Path, root: Path, environment: dict[str, str]) -> None:
    """Make the cache of the project at `root` a remote of the tree's."""
    asked = [*_DVC, "cache", "dir"]
    done = subprocess.run(asked, cwd=root, env=environment, capture_output=True, text=True)
    cache = done.stdout.strip() or str(root / ".dvc" / "cache")
    local = tree / ".dvc" / "config.local"
    local.parent.mkdir(exist_ok=True)
    with local.open("a", encoding="utf-8") as stream:
        stream.write(f'[\'remote "{_REMOTE}"\']\n    url = "{cache}"\n')

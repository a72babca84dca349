"""Where a result comes from: its parameters, git commit, data hash and locked environment."""

import hashlib
import json
import subprocess
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from pydantic import BaseModel

from thermocline.files import sha256_file

LOCK = "requirements.lock"


def flatten(values: Mapping[str, Any], prefix: str = "") -> dict[str, str]:
    """Nested parameters as dotted names and text, the way params.yaml's keys are spoken of."""
    flat: dict[str, str] = {}
    for key, value in values.items():
        name = f"{prefix}{key}"
        if isinstance(value, Mapping):
            flat |= flatten(value, f"{name}.")
        else:
            flat[name] = str(list(value)) if isinstance(value, tuple) else str(value)
    return flat


def resolved(config: BaseModel) -> dict[str, str]:
    """Every parameter of a configuration, defaults included, as dotted names and text."""
    return flatten(config.model_dump(mode="json"))


def git_commit(root: str | Path = ".") -> str:
    """The commit checked out at `root`, with `+changes` if files differ; "" outside git."""

    def ask(*arguments: str) -> str:
        try:
            return subprocess.run(
                ["git", "-C", str(root), *arguments],
                capture_output=True,
                text=True,
                check=True,
                timeout=20,
            ).stdout.strip()
        except (OSError, subprocess.SubprocessError):
            return ""

    commit = ask("rev-parse", "HEAD")
    changed = commit and ask("status", "--porcelain", "--untracked-files=no")
    return f"{commit}+changes" if changed else commit


def data_hash(root: str | Path = ".") -> str:
    """DVC's hash of the raw data folder (from data.dvc); "" if it is not tracked here."""
    import yaml

    path = Path(root) / "data.dvc"
    if not path.is_file():
        return ""
    outputs = (yaml.safe_load(path.read_text(encoding="utf-8")) or {}).get("outs") or [{}]
    return str(outputs[0].get("md5", ""))


def provenance(root: str | Path = ".") -> dict[str, str]:
    """Where a result comes from: git commit, DVC hash of the data, SHA-256 of the lock file."""
    lock = Path(root) / LOCK
    return {
        "git_commit": git_commit(root),
        "data_hash": data_hash(root),
        "lock_sha256": sha256_file(lock) if lock.is_file() else "",
    }


def training_key(config: BaseModel, origin: Mapping[str, str], system: str) -> str:
    """What makes two training runs the same run: parameters, data, code, environment."""
    content = json.dumps([system, resolved(config), dict(origin)], sort_keys=True)
    return hashlib.sha256(content.encode()).hexdigest()

"""Where a result comes from: its parameters, git commit, data hash and locked environment."""

import platform
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from pydantic import BaseModel

from thermocline import systems
from thermocline.config import Config
from thermocline.errors import BadConfig
from thermocline.files import sha256_file
from thermocline.registry.origin.dvc_facts import md5_file, raw_hash, stage_facts
from thermocline.registry.origin.tree import Tree, working_tree
from thermocline.registry.store.tags import SEPARATOR, UNCOMMITTED_SUFFIX
from thermocline.systems.config import parse_config

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


def parameters(config: BaseModel, system: str) -> dict[str, str]:
    """What a run of a system shows: its own section without the search space, and what all share.

    A section with a study is a system's; another system's says nothing about this one's run.
    """
    return shown(config.model_dump(mode="json"), system)


def shown(values: Mapping[str, Any], system: str) -> dict[str, str]:
    """The same of nested values, such as those that a training wrote down."""
    kept = {
        name: value
        for name, value in values.items()
        if name == system or not (isinstance(value, dict) and "tune" in value)
    }
    space = f"{system}.tune.space"
    return {key: v for key, v in flatten(kept).items() if not f"{key}.".startswith(f"{space}.")}


def as_trained(
    config: Config, training: Mapping[str, Any], system: str
) -> tuple[Config, dict[str, str]]:
    """What training.json says it was trained with, as a config and by dotted names.

    `config` where it does not say, or where it says what params.yaml cannot say any more.
    """
    said = training.get("params")
    if not isinstance(said, Mapping) or not said:
        return config, parameters(config, system)
    try:
        trained = parse_config(dict(said), where="training.json")
    except BadConfig:
        return config, shown(said, system)
    return trained, parameters(trained, system)


def run_name(config: Config, system: str) -> str:
    """What a training is called: `train SYSTEM · edm · 0.90 · width 32`."""
    own = config.section(system)
    parts = (part.format(own=own) for part in systems.get(system).run_name)
    return SEPARATOR.join([f"train {system}", *parts])


def trained_from(
    training: Mapping[str, Any], root: str | Path = ".", tree: Tree | None = None
) -> dict[str, str]:
    """Git commit, DVC hash of the data and SHA-256 of the lock file of what trained.

    Args:
        training: the content of training.json; without "origin" the tree as it is now is meant.
        tree: the working tree, if it was read already.
    """
    origin = training.get("origin") or training_origin(root, tree=tree)
    suffix = UNCOMMITTED_SUFFIX if origin["uncommitted"] else ""
    return {
        "git_commit": f"{origin['git_commit']}{suffix}",
        "data_hash": str((origin.get("raw") or {}).get("dvc_md5", "")),
        "lock_sha256": str(origin["lock_sha256"]),
    }


def training_origin(
    root: str | Path = ".", prepared: str | Path | None = None, tree: Tree | None = None
) -> dict[str, Any]:
    """What training writes down about itself before it begins: code, locks, and data.

    Args:
        root: the project's folder.
        prepared: the training store.
        tree: the working tree, if it was read already.

    Raises:
        BadData: if the uncommitted changes are too large to be kept.
    """
    root = Path(root)
    tree = tree or working_tree(root)
    path, md5 = raw_hash(root)
    store = "" if prepared is None else _relative(Path(prepared), root)
    # What was prepared may be older than data.dvc: dvc.lock knows what was read.
    read = stage_facts(root, store).get(path, "") if store else ""
    origin: dict[str, Any] = {
        "git_commit": tree.commit,
        "uncommitted": bool(tree.patch),
        "patch_sha256": tree.patch_sha256,
        "lock_sha256": sha256_if_there(root / LOCK),
        "dvc_yaml_sha256": sha256_if_there(root / "dvc.yaml"),
        "raw": {"path": path, "dvc_md5": read or md5},
    }
    if prepared is not None:
        origin["prepared"] = {"path": store, "dvc_md5": md5_file(prepared)}
    return origin


def _relative(path: Path, root: Path) -> str:
    """The path as seen from `root`, if it lies inside."""
    whole, base = path.resolve(), root.resolve()
    return (whole.relative_to(base) if whole.is_relative_to(base) else path).as_posix()


def environment() -> dict[str, Any]:
    """What the numbers may depend on beyond the code."""
    import torch

    cuda = torch.cuda.is_available()
    return {
        "python": platform.python_version(),
        "torch": torch.__version__,
        "platform": platform.platform(),
        "processor": f"{_processor()} ({torch.backends.cpu.get_cpu_capability()})",
        "device": torch.cuda.get_device_name() if cuda else "cpu",
        "threads": torch.get_num_threads(),
    }


def _processor() -> str:
    """The processor's name: Linux knows it better than Python does."""
    try:
        lines = Path("/proc/cpuinfo").read_text(encoding="utf-8").splitlines()
    except OSError:
        lines = []
    names = [line.partition(":")[2].strip() for line in lines if line.startswith("model name")]
    return names[0] if names else platform.processor() or platform.machine()


def sha256_if_there(path: Path) -> str:
    """SHA-256 of a file; "" if there is none."""
    return sha256_file(path) if path.is_file() else ""

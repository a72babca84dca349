"""A project in miniature: a git repository with DVC's small files, raw files in providers' forms,
a training store, and a trained model that names them. No DVC, no training: seconds.
"""

import hashlib
import json
import shutil
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import netCDF4
import pytest
import yaml

sys.path.insert(0, str(Path(__file__).resolve().parents[1] / "prepare"))

NAME = "thermocline-reconstruct"
RAW = {
    "cmip6/thetao_Omon_X1_historical_r1i1p1f1_gn_199001-199012.nc": {
        "institution": "Institute of Seas",
        "source_id": "X1",
    },
    "en4/EN.4.2.2.f.profiles.g10.199001.nc": {
        "title": "Simulated profiles observed from Thermocline-N1, in EN.4.2.2 format"
    },
    "argo/5901_prof.nc": {"institution": "CSIRO", "title": "Argo float vertical profile"},
    "nature/thetao_Omon_Sea_nature_r1i1p1f1_gn_199001-199012.nc": {"institution": "Institute"},
}
STUDY: dict[str, Any] = {
    "name": "reconstruct-1234",
    "trial": 3,
    "run_id": None,
    "value": 0.41,
    "default_value": 0.44,
    "overrides": {"reconstruct.training.batch": 8},
}


def git(folder: Path, *arguments: str) -> str:
    """Run git as a test user; returns what it prints."""
    who = ("-c", "user.name=test", "-c", "user.email=test@example.org")
    command = ["git", "-C", str(folder), *who, *arguments]
    return subprocess.run(command, check=True, capture_output=True, text=True).stdout


def md5(path: Path) -> str:
    return hashlib.md5(path.read_bytes()).hexdigest()


def make_raw(root: Path) -> str:
    """The raw folder and DVC's objects for it; returns its hash, made as DVC's format says."""
    for name, attributes in RAW.items():
        path = root / "data" / name
        path.parent.mkdir(parents=True, exist_ok=True)
        with netCDF4.Dataset(path, "w") as file:
            file.setncatts(attributes)
    items = [{"md5": md5(root / "data" / name), "relpath": name} for name in sorted(RAW)]
    text = json.dumps(items).encode()
    whole = hashlib.md5(text).hexdigest()
    objects = root / ".dvc" / "cache" / "files" / "md5"
    for name, content in [
        (f"{whole}.dir", text),
        *((item["md5"], (root / "data" / item["relpath"]).read_bytes()) for item in items),
    ]:
        (objects / name[:2]).mkdir(parents=True, exist_ok=True)
        (objects / name[:2] / name[2:]).write_bytes(content)
    return f"{whole}.dir"


def make_project(root: Path) -> Path:
    """Everything but the model: raw data, training store, DVC's files, one commit."""
    from tiny_archive import DATA, GRID, archive

    from thermocline.systems.reconstruct.data.prepare import write_states

    root.mkdir(parents=True, exist_ok=True)
    whole = make_raw(root)
    prepared = root / "build" / "prepared" / "reconstruct.nc"
    prepared.parent.mkdir(parents=True)
    write_states(prepared, archive(), GRID, DATA)
    data = {"outs": [{"md5": whole, "hash": "md5", "path": "data"}]}
    (root / "data.dvc").write_text(yaml.safe_dump(data))
    stage = {
        "cmd": "python pipelines/prepare.py",
        "deps": [{"path": "data", "hash": "md5", "md5": whole}],
        "outs": [{"path": "build/prepared/reconstruct.nc", "hash": "md5", "md5": md5(prepared)}],
    }
    (root / "dvc.lock").write_text(yaml.safe_dump({"schema": "2.0", "stages": {"prepare": stage}}))
    pipeline = {"stages": {"train": {"cmd": "true", "deps": ["code.py", "${item}/parts.py"]}}}
    (root / "dvc.yaml").write_text(yaml.safe_dump(pipeline))
    (root / "requirements.lock").write_text("numpy==2.4.6\n")
    (root / "code.py").write_text("ANSWER = 42\n")
    (root / ".gitignore").write_text("build/\nmlartifacts/\nmlflow.db\n/data/\n.dvc/cache\n")
    for arguments in (("init", "-q"), ("add", "."), ("commit", "-q", "-m", "A first tree")):
        git(root, *arguments)
    return root


def make_model(root: Path, seed: int = 0) -> tuple[Path, Path]:
    """Folders of a tiny model and of its training, as the train stage would write them now."""
    from tiny_model import save_tiny

    from thermocline.registry.origin.provenance import environment, training_origin
    from thermocline.registry.origin.record import PATCH
    from thermocline.registry.origin.tree import working_tree
    from thermocline.systems.reconstruct.data.states import States

    prepared = root / "build" / "prepared" / "reconstruct.nc"
    digest, tree = States.open(prepared).digest(), working_tree(root)
    model = save_tiny(root / "build" / "models" / str(seed), seed)
    contract = json.loads((model / "contract.json").read_text()) | {"data_digest": digest}
    (model / "contract.json").write_text(json.dumps(contract))
    training = root / "build" / "training" / str(seed)
    training.mkdir(parents=True)
    content = {
        "training_key": f"key-{seed}",
        "seed": seed,
        "steps": 10,
        "data_digest": digest,
        "metrics": {"loss": 0.5},
        "history": [{"step": 10, "loss": 0.5}],
        "study": STUDY,
        "origin": training_origin(root, prepared, tree),
        "environment": environment(),
        "params": {"reconstruct": {"training": {"batch": 8}}},
    }
    (training / "training.json").write_text(json.dumps(content))
    if tree.patch:
        (training / PATCH).write_bytes(tree.patch)
    return model, training


@contextmanager
def registered_project(folder: Path, empty_store: Path) -> Iterator[Path]:
    """A project, made the working folder, with two versions, of which the second is from an
    uncommitted tree, and a Bento of the first, which is champion.
    """
    from tiny_model import save_report

    from thermocline.registry.registration.register import register
    from thermocline.systems.config import load_config

    root = make_project(folder / "project")
    (root / "mlflow.db").write_bytes(empty_store.read_bytes())
    config = load_config(Path(__file__).resolve().parents[2] / "params.yaml")
    with pytest.MonkeyPatch.context() as patch:
        patch.chdir(root)
        patch.setenv("MLFLOW_TRACKING_URI", f"sqlite:///{root}/mlflow.db")
        for name in ("MLFLOW_RUN_ID", "BENTOML_HOME"):
            patch.delenv(name, raising=False)
        patch.setattr(
            "thermocline.registry.registration.package.input_example", lambda system: None
        )
        for seed, share in ((0, 0.7), (1, 0.8)):
            if seed:
                (root / "code.py").write_text("ANSWER = 43\n")
            model, training = make_model(root, seed)
            report = save_report(root / "build" / "reports" / str(seed), share)
            options = {"training_dir": training, "root": root, "allow_uncommitted": bool(seed)}
            register(model, report, config, **options)
        git(root, "checkout", "-q", "code.py")
        make_trial(root, config)
        make_bento(root)
        yield root


def make_trial(root: Path, config: Any) -> None:
    """The run that the study's best trial left."""
    from thermocline.registry.runs.tracking import tracked_run

    tags = {"thermocline.study": STUDY["name"], "thermocline.trial": str(STUDY["trial"])}
    tags["thermocline.trial_state"] = "complete"
    with tracked_run("reconstruct", config, "trial 3", tags, key="trial 3", root=root):
        pass


def make_bento(root: Path) -> None:
    """What the package stage leaves in BentoML's store."""
    from thermocline.predict.manifest import write_manifest
    from thermocline.predict.registered import fetch_registered
    from thermocline.registry.lineage.bentos import MODELS, labels
    from thermocline.registry.origin.record import read_lineage

    version, folder = fetch_registered(NAME, "1")
    place = root / "build/bentoml/bentos/thermocline"
    shutil.copytree(folder, place / "v1-abc" / MODELS / "reconstruct")
    identity = {"name": NAME, "version": "1", "digest": version.tags["thermocline.digest"]}
    (place / "v1-abc" / MODELS / "reconstruct" / "identity.json").write_text(json.dumps(identity))
    write_manifest(place / "v1-abc" / MODELS / "reconstruct")
    said = labels(NAME, "1", identity["digest"], read_lineage(folder), "reconstruct")
    bento = {
        "name": "thermocline",
        "version": "v1-abc",
        "creation_time": "2026-05-01T10:11:12+00:00",
        "labels": {"project": "thermocline", **said},
    }
    (place / "v1-abc" / "bento.yaml").write_text(yaml.safe_dump(bento))
    (place / "latest").write_text("v1-abc")

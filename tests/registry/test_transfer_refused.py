"""Exports that were changed, or that were never one, are refused; so is a folder that is there."""

import json
import shutil
from pathlib import Path

import pytest
from tiny_model import save_tiny

from thermocline.errors import BadData, BadFile
from thermocline.registry.transfer.incoming import import_model
from thermocline.registry.transfer.manifest import MANIFEST, write_folder_manifest
from thermocline.registry.transfer.outgoing import export_model

NAME = "thermocline-reconstruct"


def test_a_folder_is_not_overwritten(exported: Path) -> None:
    with pytest.raises(BadData, match="exists already"):
        export_model("champion", exported)


def _flip(path: Path) -> None:
    content = bytearray(path.read_bytes())
    content[len(content) // 2] ^= 1
    path.write_bytes(content)


def _pickle(folder: Path) -> None:
    import pickle

    (folder / "model" / "extra").write_bytes(pickle.dumps({"a": [1]}))
    write_folder_manifest(folder)


def _pt2(folder: Path) -> None:
    (folder / "model/artifacts/reconstruct/program.pt2").write_bytes(b"anything")
    write_folder_manifest(folder)


def _listed(name: str):
    def change(folder: Path) -> None:
        manifest = json.loads((folder / MANIFEST).read_text())
        manifest["sha256"][name] = "0" * 64
        (folder / MANIFEST).write_text(json.dumps(manifest))

    return change


def _link(folder: Path) -> None:
    target = folder.parent / "outside"
    target.mkdir()
    (folder / "run" / "link").symlink_to(target)


def _file_link(folder: Path) -> None:
    """A link to the very file, which has the right SHA-256."""
    path = folder / "model/artifacts/reconstruct/weights.safetensors"
    path.rename(folder.parent / "weights")
    path.symlink_to(folder.parent / "weights")


def _other_model(folder: Path) -> None:
    """Every checksum made anew around another model's weights."""
    from thermocline.predict.manifest import write_manifest

    model = folder / "model/artifacts/reconstruct"
    other = save_tiny(folder.parent / "other", 2)
    shutil.copyfile(other / "weights.safetensors", model / "weights.safetensors")
    write_manifest(model)
    write_folder_manifest(folder)


def _edit(folder: Path) -> None:
    path = folder / "export.json"
    path.write_text(path.read_text().replace(NAME, "../../elsewhere"))
    write_folder_manifest(folder)


def _mlmodel(folder: Path) -> None:
    (folder / "model/MLmodel").write_text("- a list\n")
    write_folder_manifest(folder)


def _better(folder: Path) -> None:
    """Smaller errors than it was scored with."""
    path = folder / "model/artifacts/evaluation/cases.json"
    cases = json.loads(path.read_text())
    for case in cases:
        case["rmse"] *= 0.5
    path.write_text(json.dumps(cases))
    write_folder_manifest(folder)


def _other_system(folder: Path) -> None:
    path = folder / "export.json"
    path.write_text(path.read_text().replace(NAME, "thermocline-superres"))
    write_folder_manifest(folder)


REFUSED = {
    "another's evaluation": (_better, "its evaluation was changed since it was registered"),
    "another system's name": (_other_system, "a model of the system 'reconstruct', under the name"),
    "flipped bit": (
        lambda f: _flip(f / "model/artifacts/reconstruct/states.safetensors"),
        "states",
    ),
    "flipped code": (lambda f: _flip(f / "model/pyfunc.py"), "pyfunc"),
    "missing": (lambda f: (f / "model/MLmodel").unlink(), "MLmodel"),
    "extra": (lambda f: (f / "run/extra.txt").write_text("x"), "extra.txt"),
    "no manifest": (lambda f: (f / MANIFEST).unlink(), "no readable manifest"),
    "broken manifest": (lambda f: (f / MANIFEST).write_text('{"sha256": ["a"]}'), "manifest"),
    "parent": (_listed("../outside.txt"), "leaves the folder"),
    "inner parent": (_listed("run/../../outside.txt"), "leaves the folder"),
    "absolute": (_listed("/etc/passwd"), "leaves the folder"),
    "windows": (_listed("..\\outside.txt"), "leaves the folder"),
    "drive": (_listed("C:/outside.txt"), "leaves the folder"),
    "link to a folder": (_link, "link"),
    "link to a file": (_file_link, "link"),
    "pickle": (_pickle, "pickle"),
    "pt2": (_pt2, "pickle"),
    "other model": (_other_model, "digest"),
    "name": (_edit, "export.json"),
    "no model of MLflow's": (_mlmodel, "MLmodel"),
}


@pytest.mark.parametrize("case", REFUSED)
def test_refused(exported: Path, tmp_path: Path, monkeypatch, case: str) -> None:
    """In words, and before any server is asked."""
    change, words = REFUSED[case]
    folder = shutil.copytree(exported, tmp_path / "export")
    change(folder)
    monkeypatch.setenv("MLFLOW_TRACKING_URI", "http://127.0.0.1:9")
    monkeypatch.setenv("MLFLOW_HTTP_REQUEST_MAX_RETRIES", "0")
    with pytest.raises((BadFile, BadData), match=words):
        import_model(folder)

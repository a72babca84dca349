"""What a saved model consists of, to the byte: its manifest, and the digest that names it.

A model is a folder with `contract.json`, `weights.safetensors` and other tensors of its system. Its
digest is of their *content*: two folders with the same numbers have the same digest even if a
header was written in another order. The manifest lists the SHA-256 of every file, and is checked
before a model is used; a folder with a pickle in it is refused.
"""

import hashlib
import json
from pathlib import Path
from typing import Any

from thermocline.errors import BadFile
from thermocline.files import sha256_tree, write_json
from thermocline.predict.pickles import PICKLES, refuse_pickles
from thermocline.systems import system_of

__all__ = [
    "IDENTITY",
    "MANIFEST",
    "PICKLES",
    "check_manifest",
    "model_digest",
    "model_files",
    "refuse_pickles",
    "write_manifest",
]

FIRST = ("contract.json", "weights.safetensors")
"""What every model has."""

MANIFEST = "manifest.json"
IDENTITY = "identity.json"


def model_files(directory: str | Path) -> tuple[str, ...]:
    """Names of the files that a model folder consists of, in the order in which digests read them.

    Contract and weights, then whatever else is safetensors, in alphabetical order.

    Raises:
        BadFile: if there is no contract, or one of no known system.
    """
    system_of(directory)
    others = {path.name for path in Path(directory).glob("*.safetensors")} - set(FIRST)
    return (*FIRST, *sorted(others))


def model_digest(directory: str | Path) -> str:
    """SHA-256 over the content of a model folder's files, hexadecimal.

    Raises:
        BadFile: if one of `model_files` is absent or not what its name says.
    """
    directory = Path(directory)
    digest = hashlib.sha256()
    for name in model_files(directory):
        path = directory / name
        if not path.is_file():
            raise BadFile(
                "this file of the model is missing",
                where=f"{directory.name}/{name}",
                fix="train the model (dvc repro), or name another folder",
            )
        digest.update(name.encode())
        if path.suffix == ".safetensors":
            _add_safetensors(digest, path)
        else:
            content = json.loads(path.read_text(encoding="utf-8"))
            digest.update(json.dumps(content, sort_keys=True).encode())
    return digest.hexdigest()


def _add_safetensors(digest: Any, path: Path) -> None:
    """Feed tensors in the order of their names: the writer's header order is not part of them."""
    with path.open("rb") as stream:
        try:
            size = int.from_bytes(stream.read(8), "little")
            if not 0 < size < path.stat().st_size:
                raise ValueError("its header is longer than the file")
            header = json.loads(stream.read(size))
            for name in sorted(header):
                entry = header[name]
                if name == "__metadata__":
                    digest.update(json.dumps(entry, sort_keys=True).encode())
                    continue
                start, stop = entry["data_offsets"]
                stream.seek(8 + size + start)
                content = stream.read(stop - start)
                if len(content) != stop - start:
                    raise ValueError("a tensor is cut off")
                digest.update(f"{name}{entry['dtype']}{entry['shape']}".encode())
                digest.update(content)
        except (ValueError, KeyError, TypeError) as problem:
            raise BadFile(
                f"not a whole safetensors file ({type(problem).__name__})",
                where=path.name,
                fix="fetch or train the model again",
            ) from problem


def write_manifest(directory: str | Path) -> Path:
    """Write `manifest.json` over all files beneath `directory`; returns its path."""
    directory = Path(directory)
    content = {"digest": model_digest(directory), "sha256": sha256_tree(directory, [MANIFEST])}
    write_json(directory / MANIFEST, content)
    return directory / MANIFEST


def check_manifest(directory: str | Path) -> str:
    """The model's digest, after checking every listed file's SHA-256.

    Raises:
        BadFile: if there is no manifest, if a file is missing, changed or not listed, or if one
            may be a pickle, listed or not.
    """
    directory = Path(directory)
    refuse_pickles(directory)
    try:
        content = json.loads((directory / MANIFEST).read_text(encoding="utf-8"))
        expected: dict[str, str] = content["sha256"]
        digest: str = content["digest"]
    except (OSError, ValueError, KeyError, TypeError) as problem:
        raise BadFile(
            f"no readable manifest ({type(problem).__name__})",
            where=f"{directory.name}/{MANIFEST}",
            fix="use a model that was registered or exported by Thermocline",
        ) from problem
    found = sha256_tree(directory, [MANIFEST])
    wrong = sorted(name for name in found | expected if found.get(name) != expected.get(name))
    if wrong or model_digest(directory) != digest:
        raise BadFile(
            f"differs from the manifest: {', '.join(wrong) or 'model digest'}",
            where=directory.name,
            fix="the files were altered or damaged since registration: fetch the model again",
        )
    return digest

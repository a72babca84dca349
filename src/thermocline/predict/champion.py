"""Finding the model to predict with: a folder, a registered version, or the champion."""

import json
from dataclasses import replace
from pathlib import Path

from thermocline.errors import BadFile
from thermocline.predict.identity import (
    Identity,
    ServedModel,
    identity_from_tags,
    registered_name,
)
from thermocline.predict.manifest import (
    IDENTITY,
    MANIFEST,
    check_manifest,
    model_digest,
    refuse_pickles,
)
from thermocline.predict.reference import SCHEME, parse_reference
from thermocline.predict.registered import fetch_registered
from thermocline.predict.tracking import the_system
from thermocline.systems import get, system_of


def load_directory(directory: str | Path, identity: Identity | None = None) -> ServedModel:
    """Load a model folder; its manifest, where it has one, is checked first.

    Raises:
        BadFile: if a file is missing, differs from the manifest, or may be a pickle.
    """
    directory = Path(directory)
    if (directory / MANIFEST).is_file():
        digest = check_manifest(directory)
    else:
        refuse_pickles(directory)
        digest = model_digest(directory)
    identity = identity or _stored_identity(directory, digest)
    if identity.digest and identity.digest != digest:
        raise BadFile(
            f"the model's digest is {digest[:12]}, but {identity.name} version "
            f"{identity.version} was registered as {identity.digest[:12]}",
            where=directory.name,
            fix="fetch the model again",
        )
    return ServedModel(get(system_of(directory)).load(directory), identity, directory)


def _stored_identity(directory: Path, digest: str) -> Identity:
    if (directory / IDENTITY).is_file():
        return Identity(**json.loads((directory / IDENTITY).read_text(encoding="utf-8")))
    training = directory / "training.json"
    data = json.loads(training.read_text(encoding="utf-8")) if training.is_file() else {}
    name = registered_name(system_of(directory))
    return Identity(name=name, digest=digest, data_digest=str(data.get("data_digest", "")))


def load_registered(name: str, alias_or_version: str = "champion") -> ServedModel:
    """Load a registered version by alias or number from the MLflow registry.

    Raises:
        BadFile: if there is no such version, or its artifacts fail their manifest.
    """
    version, folder = fetch_registered(name, alias_or_version)
    alias = "" if alias_or_version.isdigit() else alias_or_version
    return load_directory(folder, replace(identity_from_tags(version), alias=alias))


def load_champion(system: str) -> ServedModel:
    """The model behind `models:/thermocline-<system>@champion`."""
    return load_registered(registered_name(system), "champion")


def load_model(where: str | Path | None = None, system: str | None = None) -> ServedModel:
    """Load from a folder, `models:/name@alias`, `models:/name/7`, or — for None — the champion.

    Args:
        system: whose champion is meant where `where` does not say; if None, that of the only
            system that has a registered model. The contract of what is loaded says which it is.

    Raises:
        BadFile: if there is no such model, or it cannot be told which is meant.
    """
    if where is None:
        return load_champion(the_system(system))
    text = str(where)
    if text.startswith(SCHEME):
        return load_registered(*parse_reference(text))
    if not Path(where).is_dir():
        raise BadFile(
            "no such model folder",
            where=text,
            fix="name a folder written by training, or a registered model, such as "
            f"models:/{registered_name(system) if system else 'NAME'}@champion",
        )
    return load_directory(where)

"""From what a user names to the model that is meant, and its registry record."""

import re
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from thermocline.errors import BadConfig, BadFile, ThermoclineError
from thermocline.predict.identity import PREFIX, registered_name
from thermocline.predict.manifest import IDENTITY, MANIFEST, model_digest, refuse_pickles
from thermocline.predict.registered import fetch_registered, model_folder
from thermocline.predict.tracking import has_registry, tracking_uri
from thermocline.registry.lineage.bentos import Bento, find_bento, read_bento, written
from thermocline.registry.origin.record import LINEAGE
from thermocline.registry.store.calls import if_there
from thermocline.registry.store.reader import files_here, open_reader
from thermocline.registry.store.tags import DIGEST
from thermocline.registry.versions.lookup import resolve
from thermocline.systems import system_of

_BENTO = re.compile(r"[a-z0-9][a-z0-9._-]*:[A-Za-z0-9][\w.-]*")


@dataclass(frozen=True)
class Subject:
    """A model whose lineage is asked for.

    Attributes:
        folder: its files.
        client: of the registry, None if there is none here.
        version: the registry's record of it, None if the registry does not know it.
        bento: the Bento it was named by.
    """

    folder: Path
    client: Any = None
    version: Any = None
    bento: Bento | None = None

    @property
    def name(self) -> str:
        """The registered name; "" if unknown."""
        return str(self.version.name) if self.version else self._identity("name")

    @property
    def number(self) -> str:
        """The version's number; "" if unknown."""
        return str(self.version.version) if self.version else self._identity("version")

    @property
    def digest(self) -> str:
        """The digest that the registry, else the folder itself, gives the model."""
        if self.version and self.version.tags.get(DIGEST):
            return str(self.version.tags[DIGEST])
        return written(self.folder, MANIFEST, "digest") or self._identity("digest")

    def _identity(self, key: str) -> str:
        return written(self.folder, IDENTITY, key)


def find_subject(reference: str, root: str | Path = ".", name: str | None = None) -> Subject:
    """The model that `models:/NAME@alias`, a Bento's tag, or a folder names.

    Args:
        name: of the registered model that a bare alias or number is of, and whose system is meant
            of a Bento's; if None, a Bento's first is.

    Raises:
        BadFile: if there is none, or the reference is an address.
        BadConfig: if what is named is of another system than `name`.
    """
    text = reference.strip()
    if re.match(r"(?!models:)[a-z][a-z0-9+.-]*:/", text):
        raise BadFile(
            "a running service is not asked over the network",
            where=text,
            fix="name its Bento (every answer of the service carries name, version and digest), "
            "or models:/NAME/VERSION",
        )
    folder = Path(text)
    if (folder / "bento.yaml").is_file():
        return _of_bento(read_bento(folder), name)
    if text and ((folder / "contract.json").is_file() or (folder / LINEAGE).is_file()):
        client = _client()
        return _of_folder(folder, client, _by_digest(client, folder), name)
    if _BENTO.fullmatch(text):
        return _of_bento(find_bento(root, text), name)
    client = _client()
    if client is None:
        raise BadFile(
            "no registry yet", where="MLflow", fix="`dvc repro` trains and registers a model"
        )
    version = resolve(client, text, name)
    return Subject(_files(version), client, version)


def _client() -> Any:
    if not has_registry():
        return None
    if reader := open_reader(tracking_uri()):
        return reader
    from thermocline.registry.store.connection import connect

    return connect()


def _files(version: Any) -> Path:
    """The model's folder: where the registry keeps it, or a copy."""
    if (files := files_here(version)) is not None:
        refuse_pickles(files)
        return model_folder(files)
    return fetch_registered(version.name, str(version.version))[1]


def find_subjects(reference: str, root: str | Path, name: str | None) -> list[Subject]:
    """The same; of a Bento whose system is not said, all of its models."""
    first = find_subject(reference, root, name)
    if first.bento is None or name is not None:
        return [first]
    return [_served(first.bento, model) for model in dict.fromkeys(first.bento.models)]


def _of_folder(folder: Path, client: Any, version: Any, name: str | None) -> Subject:
    """A folder's model; of one that training wrote, the files that were registered of it."""
    known = name and (folder / "contract.json").is_file()
    if known and registered_name(system_of(folder)) != name:
        raise BadConfig(f"{folder} is no model of {name}", where="--system", fix="leave it out")
    if (folder / LINEAGE).is_file() or (folder / MANIFEST).is_file():
        return Subject(folder, client, version)
    if version is None:
        raise BadFile(
            "no registered model yet: what it comes from is written down when it is registered",
            where=str(folder),
            fix="`dvc repro` registers it; `thermocline models list` says what is",
        )
    return Subject(_files(version), client, version)


def _of_bento(bento: Bento, name: str | None) -> Subject:
    """The model of a system that a Bento serves; the first, if that is not said."""
    if name is None:
        return _served(bento, bento.model)
    folder = bento.place(name.removeprefix(PREFIX))
    if not folder.is_dir():
        held = ", ".join(system_of(model) for model in bento.models)
        raise BadConfig(f"none of {name} inside", where=bento.tag, fix=f"it holds {held}")
    return _served(bento, folder)


def _served(bento: Bento, folder: Path) -> Subject:
    """The version a Bento serves, as the registry knows it if it is of this registry."""
    client = _client()
    digest = written(folder, IDENTITY, "digest")
    version = None
    if client is not None:
        name, number = (written(folder, IDENTITY, key) for key in ("name", "version"))
        with suppress(ThermoclineError):
            version = resolve(client, f"models:/{name}/{number}")
    if version is not None and version.tags.get(DIGEST) != digest:
        version = None  # built from another registry's version of that number
    return Subject(folder, client, version, bento)


def _by_digest(client: Any, folder: Path) -> Any:
    """The registered version with the content of a folder, the first of several."""
    if client is None:
        return None
    found: list[Any] = []
    with suppress(ThermoclineError):  # a folder without weights has no digest
        query = f"tag.`{DIGEST}` = '{model_digest(folder)}'"
        found = if_there(client.search_model_versions, query, any_refusal=True) or []
    return min(found, key=lambda version: int(version.version), default=None)

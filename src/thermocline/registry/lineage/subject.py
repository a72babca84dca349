"""From what a user names to the model that is meant, and to who knows of it here."""

import re
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from thermocline.errors import BadFile, ThermoclineError
from thermocline.predict.manifest import IDENTITY, MANIFEST, model_digest, refuse_pickles
from thermocline.predict.registered import fetch_registered, model_folder
from thermocline.predict.tracking import has_registry, tracking_uri
from thermocline.registry.calls import if_there
from thermocline.registry.lineage.bentos import Bento, find_bento, read_bento, written
from thermocline.registry.lineage.record import LINEAGE
from thermocline.registry.reader import files_here, open_reader
from thermocline.registry.tags import DIGEST
from thermocline.registry.versions import resolve

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
        name: of the registered model that a bare alias or number is of.

    Raises:
        BadFile: if there is none, or the reference is an address.
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
        return _of_bento(read_bento(folder))
    if text and ((folder / "contract.json").is_file() or (folder / LINEAGE).is_file()):
        client = _client()
        return Subject(folder, client, _by_digest(client, folder))
    if _BENTO.fullmatch(text):
        return _of_bento(find_bento(root, text))
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
    from thermocline.registry.store import connect

    return connect()


def _files(version: Any) -> Path:
    """The model's folder: where the registry keeps it, or a copy."""
    if (files := files_here(version)) is not None:
        refuse_pickles(files)
        return model_folder(files)
    return fetch_registered(version.name, str(version.version))[1]


def _of_bento(bento: Bento) -> Subject:
    """The version a Bento serves, as the registry knows it if it is of this registry."""
    client = _client()
    folder = bento.model
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

"""Bentos as they lie in BentoML's store, read without BentoML, which is slow to import.

Their labels hold the facts of a lineage as flat text, which `verify` compares.
"""

import os
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from hashlib import sha256
from pathlib import Path

import yaml

from thermocline.errors import BadFile
from thermocline.files import read_object
from thermocline.predict.manifest import IDENTITY
from thermocline.registry.origin.records import Lineage
from thermocline.systems import names
from thermocline.systems.paths import BENTOML_HOME, PACKAGED_MODELS

MODELS = Path("src") / PACKAGED_MODELS
"""Where pipelines/package.py puts the models of each system, seen from the Bento's folder."""
LONGEST = 63
"""Characters that BentoML allows a version."""
SHOWN = 12
"""Digits of a digest that are shown."""


@dataclass(frozen=True)
class Bento:
    """A built Bento. `labels` are what it says of itself, `models` is what it serves."""

    tag: str
    folder: Path
    created: str = ""
    labels: dict[str, str] = field(default_factory=dict)

    @property
    def models(self) -> list[Path]:
        """The models' folders inside, in the order of systems."""
        return [place for system in names() if (place := self.place(system)).is_dir()]

    def place(self, system: str) -> Path:
        """Where a system's model is, if there is one."""
        return self.folder / MODELS / system

    @property
    def model(self) -> Path:
        """The folder of the first of them; raises BadFile if there is none."""
        if not self.models:
            raise BadFile(
                "no model inside", where=self.tag, fix="build it again: `dvc repro package`"
            )
        return self.models[0]

    def holding(self, digest: str) -> Path | None:
        """The folder of the model with this digest; None if it holds none."""
        held = (m for m in self.models if digest and written(m, IDENTITY, "digest") == digest)
        return next(held, None)


def written(folder: Path, file: str, key: str) -> str:
    """A text of a JSON file in a folder; "" if there is none."""
    return str(read_object(folder / file).get(key, ""))


def read_bento(folder: str | Path) -> Bento:
    """The Bento in a folder.

    Raises:
        BadFile: if there is no readable bento.yaml.
    """
    path = Path(folder) / "bento.yaml"
    try:
        content = yaml.safe_load(path.read_text(encoding="utf-8"))
        said = {str(key): str(value) for key, value in (content.get("labels") or {}).items()}
        tag, created = f"{content['name']}:{content['version']}", content.get("creation_time", "")
    except (OSError, yaml.YAMLError, AttributeError, KeyError, TypeError) as problem:
        raise BadFile(
            f"not a readable Bento ({type(problem).__name__})",
            where=str(path),
            fix="build it again: `dvc repro package`",
        ) from problem
    return Bento(tag, path.parent, str(created), said)


def find_bento(root: str | Path, tag: str) -> Bento:
    """The Bento with this tag (`thermocline:v1-…`, `thermocline:latest`) in the stores here.

    Raises:
        BadFile: if no store has it.
    """
    name, _, version = tag.partition(":")
    for home in _homes(root):
        folder = home / "bentos" / name
        latest = folder / "latest"
        found = (
            latest.read_text(encoding="utf-8").strip()
            if version == "latest" and latest.is_file()
            else version
        )
        if (folder / found / "bento.yaml").is_file():
            return read_bento(folder / found)
    raise BadFile(
        f"no Bento {tag!r}",
        where="BentoML's store",
        fix="build one (`dvc repro package`), set BENTOML_HOME, or see `bentoml list`",
    )


def bentos(root: str | Path) -> Iterator[Bento]:
    """Every readable Bento of Thermocline in the stores here."""
    for home in _homes(root):
        for path in sorted(home.glob("bentos/thermocline/*/bento.yaml")):
            try:
                yield read_bento(path.parent)
            except BadFile:
                continue


def _homes(root: str | Path) -> list[Path]:
    """BentoML's store that is set, or the project's and the user's."""
    if home := os.environ.get("BENTOML_HOME"):
        return [Path(home)]
    return [Path(root) / BENTOML_HOME, Path.home() / "bentoml"]


def labels_of(system: str, found: Mapping[str, str]) -> dict[str, str]:
    """A Bento's labels of one system's model, without what they begin with."""
    begins = f"{system}."
    return {key.removeprefix(begins): v for key, v in found.items() if key.startswith(begins)}


def labels(
    name: str, version: str, digest: str, lineage: Lineage | None, system: str
) -> dict[str, str]:
    """Labels of a Bento that serves this version. BentoML wants text; absent facts are left out.

    Args:
        name, version: the registered model.
        digest: the model's digest.
        lineage: None for a model that was registered before lineages were stored.
        system: the model's.
    """
    facts = {"model": name, "model_version": version, "model_digest": digest}
    facts |= lineage.facts() if lineage else {}
    return {f"{system}.{key}": value for key, value in facts.items() if value}


def bento_version(identities: Iterable[Mapping[str, str]]) -> str:
    """Such as v3-0123456789ab, or v3-0123456789ab-v1-ba9876543210 of two models.

    Of so many that this is too long: the versions, if there is room, and a hash of it all.

    Args:
        identities: `version` and `digest` of each model.
    """
    served = [(f"v{who['version']}", who["digest"][:SHOWN]) for who in identities]
    whole = "-".join(f"{version}-{digest}" for version, digest in served)
    if len(whole) <= LONGEST:
        return whole
    named = sha256(whole.encode()).hexdigest()[:SHOWN]
    short = "-".join([*(version for version, _ in served), named])
    return short if len(short) <= LONGEST else named

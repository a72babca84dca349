"""Who answers: a model's name in the registry, and the identity that every answer carries."""

from dataclasses import asdict, dataclass, field, replace
from pathlib import Path
from typing import Any

from thermocline.systems import get

SYSTEM = "thermocline.system"
"""Tag of registered models and versions: their system."""
PREFIX = "thermocline-"
"""What names of registered models begin with; the system's name follows."""


def registered_name(system: str) -> str:
    """What a system's registered model is called; raises BadConfig if there is no such system."""
    return f"{PREFIX}{get(system).name}"


@dataclass(frozen=True)
class Identity:
    """Who answers: carried by every answer.

    Attributes:
        name, version: registered model and version; version is "unregistered" for a bare folder.
        digest: SHA-256 of the model's content.
        data_digest: digest of the data it was trained on.
        verdict: the promotion test's verdict, in words.
        baseline_verdict: the verdict against the best classical method, in words.
        alias: by which it was found when it was loaded; "" if by another way.
    """

    name: str = ""
    version: str = "unregistered"
    digest: str = ""
    data_digest: str = ""
    verdict: str = "not judged"
    baseline_verdict: str = "not judged"
    git_commit: str = ""
    run_id: str = ""
    alias: str = ""

    def to_dict(self) -> dict[str, str]:
        """As plain JSON values."""
        return asdict(self)


@dataclass(frozen=True)
class ServedModel:
    """A loaded model with its identity, and the folder that it was loaded from."""

    model: Any
    identity: Identity = field(default_factory=Identity)
    folder: Path | None = None

    def __post_init__(self) -> None:
        if not self.identity.name:
            object.__setattr__(
                self, "identity", replace(self.identity, name=registered_name(self.system))
            )

    @property
    def system(self) -> str:
        """The model's system, as its contract says."""
        return str(self.model.contract.system)


def identity_from_tags(version: Any) -> Identity:
    """The identity of a registered model version, from the tags its registration left."""
    tags = dict(version.tags)
    known = ("digest", "data_digest", "verdict", "baseline_verdict", "git_commit")
    values = {key: tags[f"thermocline.{key}"] for key in known if tags.get(f"thermocline.{key}")}
    return Identity(
        name=version.name, version=str(version.version), run_id=version.run_id or "", **values
    )

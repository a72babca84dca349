"""What the shared code expects of a system; `systems.endpoint` has how its models are asked.

This module is light: nothing here imports arrays, networks or MLflow.
"""

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, Any, Protocol

from thermocline.systems.endpoint import Endpoint, Interface

if TYPE_CHECKING:
    from thermocline.config import Config, SystemSection
    from thermocline.prepare.raw import RawFile
    from thermocline.prepare.store import Store
    from thermocline.prepare.store_table import Standardised
    from thermocline.systems.learning import TrialEvaluator
    from thermocline.systems.workload import Preset, Shape, Workload
    from thermocline.training.objective import Metrics, Report
    from thermocline.verify.board.scoreboard import Board

Track = Callable[[Sequence[Any], str], Iterable[Any]]
"""Goes through a list and shows how far it is."""


@dataclass(frozen=True, kw_only=True)
class PromotionCriterion:
    """How a system's models are compared before one is promoted.

    Attributes:
        reference: the simplest method of its board, which the first champion must be better than.
        names: what methods are called in a sentence, by their names on the board.
        cases: what is held out and scored, in the plural, such as "months".
        metric: the score of a case that decides, positive and less being better.
        words: what that metric is called.
    """

    reference: str
    names: Mapping[str, str]
    cases: str
    metric: str = "rmse"
    words: str = "RMSE"


@dataclass(frozen=True, kw_only=True)
class Card:
    """What the model card says of a system's models.

    Attributes:
        template: a Jinja file that extends registry/card.md.j2, which says what it fills in.
        facts: of the content of contract.json, the rows of scoreboard.json and the baseline that
            the model is compared with: values by the names that the template uses. `settings` are
            the contract's parameters by their names in params.yaml.
        renamed: keys of contract.json by the names that they had before.
    """

    template: Path
    facts: Callable[[Mapping[str, Any], Sequence[Mapping[str, Any]], str], dict[str, Any]]
    renamed: Mapping[str, str] = field(default_factory=dict)


class Training(Protocol):
    """A training that can be killed and resumed.

    Attributes:
        key: digest of all that decides the weights; checkpoints of another are not continued.
        data_digest: of the store's content.
        store: the store's file.
    """

    key: str
    data_digest: str
    store: Path

    def run(self, checkpoints: Path, report: "Report") -> "list[tuple[int, Metrics]]":
        """Train, or go on from `checkpoints`; metrics by step."""
        ...

    def save(self, folder: Path) -> None:
        """Write what was trained, weights.safetensors among it."""
        ...


class System(Protocol):
    """A system: `SYSTEM` of its package. It is light; heavy imports are inside its methods.

    Attributes:
        name: the package's name, and that of its sections, folders and registered model.
        title: what it does, in words.
        run_name: what tells its trainings apart in a list of runs: templates that are filled in
            from its section of params.yaml, such as "width {own.model.network.width}".
    """

    name: str
    title: str
    run_name: tuple[str, ...]

    @property
    def criterion(self) -> PromotionCriterion:
        """How its models are compared."""
        ...

    @property
    def card(self) -> Card:
        """What the model card says of its models."""
        ...

    @property
    def interface(self) -> Interface:
        """Its models behind MLflow's `predict`."""
        ...

    @property
    def section(self) -> "type[SystemSection]":
        """The type of its section of params.yaml."""
        ...

    @property
    def endpoints(self) -> tuple[Endpoint, ...]:
        """The questions that its models answer."""
        ...

    @property
    def presets(self) -> "tuple[Preset, ...]":
        """Published sizes as settings of its section; there may be none."""
        ...

    def workload(self, section: Any, shape: "Shape | None" = None) -> "Workload":
        """What it computes with the settings of such a section, on states of a shape.

        Raises:
            BadConfig: if that cannot be planned.
        """
        ...

    def load(self, folder: str | Path) -> Any:
        """The model in a folder; raises BadFile if it is not whole."""
        ...

    def raw(self, config: "Config") -> "list[RawFile]":
        """What it is made of; raises BadFile if there is none of what it needs."""
        ...

    def prepare(self, config: "Config", store: Path, track: Track) -> None:
        """Write the prepared data, by `prepare.writer`; large archives by `prepare.engine`."""
        ...

    def standardised(self, store: "Store") -> "Sequence[Standardised]":
        """Further checks of its store: quantities that have mean 0 and variance 1."""
        ...

    def tune_baselines(self, config: "Config", folder: Path) -> dict[str, dict[str, Any]]:
        """Tune the classical methods on validation data and keep them in `folder`.

        Returns:
            What was chosen, by method, for people.
        """
        ...

    def trials(self, config: "Config", root: Path = Path()) -> "TrialEvaluator":
        """What trains and scores for a study of settings."""
        ...

    def training(self, config: "Config") -> Training:
        """The training of the model, not yet begun."""
        ...

    def calibrate(self, config: "Config", track: Track) -> tuple[Any, list[str]]:
        """The trained model, calibrated on validation data, and lines for people."""
        ...

    def evaluate(
        self, config: "Config", folder: Path, track: Track, model: Path | None = None
    ) -> "Board":
        """The scoreboard of the test split; it is written into `folder`, with figures.

        Args:
            model: the folder of the model that is scored; None for what `calibrate` made.
        """
        ...

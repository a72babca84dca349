"""What the house expects of a system, and how people and programs ask its models.

This module is light: nothing here imports arrays, networks or MLflow.
"""

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any, Literal, Protocol

if TYPE_CHECKING:
    import xarray as xr
    from pydantic import BaseModel

    from thermocline.config import Config, SystemSection
    from thermocline.prepare.raw import RawFile
    from thermocline.prepare.store import Store
    from thermocline.prepare.table import Standardised
    from thermocline.systems.learning import TrialEvaluator
    from thermocline.systems.workload import Preset, Shape, Workload
    from thermocline.training.objective import Metrics, Report
    from thermocline.verify.scoreboard import Board

Track = Callable[[Sequence[Any], str], Iterable[Any]]
"""Goes through a list and shows how far it is."""

Progress = Callable[[int, int], None]
"""Called with how many parts of an answer are done, and of how many."""


def no_progress(done: int, of: int) -> None:
    """Shows nothing."""


@dataclass(frozen=True)
class Options:
    """What the front end decides about an answer, not the person who asks.

    Attributes:
        most_values: cells times members that are allowed; None for the endpoint's own limit.
        progress: called as the answer is made (see `systems.progress`); what it raises ends that.
        unfinished: a folder that belongs to this question to this model, perhaps not there yet. A
            large answer may keep finished parts in it (`systems.parts`), go on from those that a
            killed process left, and read its values from there when they are used; whoever gives
            it removes it then. None: everything is made in memory.
    """

    most_values: int | None = None
    progress: Progress = no_progress
    unfinished: Path | None = None


@dataclass(frozen=True, kw_only=True)
class Endpoint:
    """One question that a system's models answer; the same for every front end.

    The service has the address `POST /<route>`, the command line `thermocline <route>`; smoke test,
    card and documentation ask `example()`.

    Attributes:
        route: its name, such as "fill".
        summary: one sentence for `--help` and OpenAPI.
        details: more sentences for OpenAPI: what to send, what comes back.
        request: imports and gives `Request`, the pydantic model of the question, from a module
            that imports no arrays. Its fields are those of JSON and forms, and, if they are single
            values, options of the command line. Fields that are paths are uploads; `file` is the
            command's argument. Questions to ensembles derive from those of `systems.wanted`.
        answer: of a model, a `Request` and `Options`: a CF dataset in physical units, whole, with
            `<variable>_members` if the request `needs_members`: `predict.answer` gives the part
            that is wanted. Global attributes say what was asked and done; who answered is added.
            Files are read within `systems.request.reading`, which names a reader's errors.
        describe: an answer as plain JSON values; `predict.describe` adds the model.
        print: an answer as lines for people, from what `describe` gives.
        example: values of a small `Request` that this model answers, without a file.
        default_format: the form of the service's answer unless another is asked for.
        output: the file that the command writes unless another is named.
        wants: what `file` has to be, such as "a gridded NetCDF"; "" if there is no file.
        smaller: how a question that is too large is made smaller.
        most_values: cells times members that the service allows; None for no limit of its own.
        goes_on: large answers keep finished parts in `Options.unfinished`, and go on from them.
        comparison: of a model, a `Request` and its answer: fields on the answer's cells to look at
            beside it, named `<variable>_climatology`, or `<variable>_given` for what was sent.
        one_at_a_time: the service works on such questions one after another: they need much
            memory. `answer` does its work within `concurrency.in_turn()`; what it refuses, it
            refuses before.
    """

    route: str
    summary: str
    request: "Callable[[], type[BaseModel]]"
    answer: "Callable[[Any, Any, Options], xr.Dataset]"
    describe: "Callable[[xr.Dataset], dict[str, Any]]"
    print: Callable[[Mapping[str, Any]], list[str]]
    example: Callable[[Any], dict[str, Any]]
    details: str = ""
    default_format: Literal["json", "netcdf"] = "netcdf"
    output: str = "answer.nc"
    wants: str = ""
    smaller: str = "ask for fewer members"
    most_values: int | None = None
    goes_on: bool = False
    comparison: "Callable[[Any, Any, xr.Dataset], xr.Dataset] | None" = None
    one_at_a_time: bool = False

    @property
    def Request(self) -> "type[BaseModel]":
        """The type of the question."""
        return self.request()


@dataclass(frozen=True, kw_only=True)
class Interface:
    """A system's models behind MLflow's `predict`.

    Attributes:
        signature: of a contract (the content of contract.json): the `ModelSignature`.
        example: an input that MLflow tries a model with, and the parameters that go with it.
        predict: of a model, such an input and such parameters: arrays by name.
    """

    signature: Callable[[Mapping[str, Any]], Any]
    example: Callable[[], tuple[Any, dict[str, Any]]]
    predict: Callable[[Any, Any, Mapping[str, Any]], dict[str, Any]]


@dataclass(frozen=True, kw_only=True)
class Verdict:
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
    """

    template: Path
    facts: Callable[[Mapping[str, Any], Sequence[Mapping[str, Any]], str], dict[str, Any]]


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
    def verdict(self) -> Verdict:
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

    def standardised(self, store: "Store") -> "list[Standardised]":
        """What validation of its store is to check besides: quantities of mean 0 and variance 1."""
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

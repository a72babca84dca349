"""A system put together from few parts: the stages of the pipeline, by the shared drivers.

A subclass says what its samples, cases, classical methods, network, objective and model are. See
docs/a-system-of-your-own.md, and `protocol.System` for the interface.
"""

from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any

from thermocline.config import Config
from thermocline.errors import BadConfig
from thermocline.files import atomic_path
from thermocline.prepare.store import Store
from thermocline.prepare.writer import write_store
from thermocline.systems.boards import empty_board, own_variables
from thermocline.systems.composed_defaults import card_of, criterion_of
from thermocline.systems.composed_training import ComposedTraining, ComposedTrials
from thermocline.systems.contract import CONTRACT, WEIGHTS
from thermocline.systems.endpoint import Interface
from thermocline.systems.network_model import NetworkContract, NetworkModel
from thermocline.systems.parts import Parts
from thermocline.systems.paths import StagePaths
from thermocline.systems.protocol import Card, PromotionCriterion, Track
from thermocline.systems.workload import Shape, Workload
from thermocline.training.weights import read_weights, use_weights
from thermocline.verify.board.boardfiles import write_board
from thermocline.verify.board.scoreboard import Board, Context
from thermocline.verify.board.scoring import score_methods
from thermocline.verify.metrics.fields import score_field


class Composed(Parts):
    """A `protocol.System` whose subclass fills in the parts."""

    @property
    def criterion(self) -> PromotionCriterion:
        return criterion_of(self.presentation)

    @property
    def card(self) -> Card:
        return card_of(self.title, self.endpoints)

    @property
    def interface(self) -> Interface:
        return Interface.of(self.endpoints[0])

    def workload(self, section: Any, shape: Shape | None = None) -> Workload:
        """What `thermocline plan` counts; a subclass may say it."""
        raise BadConfig(
            f"{self.name} does not say what it computes",
            where=f"{type(self).__name__}.workload",
            fix="give it one, as in docs/performance.md, or plan another system",
        )

    # The interface of the pipeline: see protocol.System.

    def raw(self, config: Config) -> list[Any]:
        return []

    def prepare(self, config: Config, store: Path, track: Track) -> None:
        write_store(store, self.samples(config), self.title)

    def standardised(self, store: Store) -> Sequence[Any]:
        return ()

    def tune_baselines(self, config: Config, folder: Path) -> dict[str, dict[str, Any]]:
        with atomic_path(folder / "tuned.json") as temporary:
            temporary.write_text("{}\n", encoding="utf-8")
        return {}

    def trials(self, config: Config, root: Path = Path()) -> ComposedTrials:
        return ComposedTrials(self, config, root)

    def training(self, config: Config) -> ComposedTraining:
        return ComposedTraining(self, config)

    def calibrate(self, config: Config, track: Track) -> tuple[NetworkModel, list[str]]:
        paths = StagePaths(self.name, config)
        store = Store.open(paths.store)
        network = self.network(config.section(self.name), config.seed)
        weights = paths.training / WEIGHTS
        use_weights(network, read_weights(weights), str(weights))
        model = self.model(self.contract(config, store, store.digest()), network)
        model = self.fitted(model, list(self.cases(config, store, "validation")))
        return model, [f"{k}: {v:.3g}" for k, v in model.contract.calibration.items()]

    def evaluate(
        self, config: Config, folder: Path, track: Track, model: Path | None = None
    ) -> Board:
        paths, settings = StagePaths(self.name, config), config.section(self.name)
        store = Store.open(paths.store)
        cases = list(self.cases(config, store, "test"))
        first = cases[0].problem
        depths = [channel.depth or 0.0 for channel in first.channels]
        shown = replace(self.presentation, variables=own_variables(store))
        context_of = lambda period: Context.of(first.grid, depths, first.ocean, period)
        board = empty_board(
            self.name,
            config,
            context_of,
            lambda context: shown,
            store.digest_of("test"),
        )
        methods: list[Any] = [self.load(model or paths.model), *self.methods(config, store)]
        score_methods(
            board,
            cases,
            methods,
            lambda analysis, case, rng: score_field(analysis, case.problem, case.truth, rng),
            members=settings.evaluate.members,
            progress=track,
        )
        write_board(board, folder)
        return board

    def load(self, folder: str | Path) -> Any:
        contract = NetworkContract.load(Path(folder) / CONTRACT)
        settings = self.section.model_validate(contract.settings)
        network = self.network(settings, contract.seed)
        weights = Path(folder) / WEIGHTS
        use_weights(network, read_weights(weights), str(weights))
        return self.model(contract, network)

"""What a system that is put together from parts says of itself; `composed` makes a system of it."""

from collections.abc import Iterable, Iterator, Sequence
from typing import Any, ClassVar

from torch import nn

from thermocline.config import Config, SystemSection
from thermocline.ocean.case import Case
from thermocline.ocean.problem import Method
from thermocline.prepare.sample import Sample
from thermocline.prepare.store import Store
from thermocline.systems.endpoint import Endpoint
from thermocline.systems.network_model import NetworkContract, NetworkModel
from thermocline.systems.workload import Preset
from thermocline.training.objective import Objective
from thermocline.verify.board.presentation import Presentation


class Parts:
    """Its name and words, its samples, cases, methods, network, objective and model."""

    name: ClassVar[str]
    title: ClassVar[str]
    section: ClassVar[type[SystemSection]] = SystemSection
    endpoints: ClassVar[tuple[Endpoint, ...]] = ()
    presentation: ClassVar[Presentation] = Presentation()
    run_name: ClassVar[tuple[str, ...]] = ()
    presets: ClassVar[tuple[Preset, ...]] = ()

    def samples(self, config: Config) -> Iterator[Sample]:
        """Prepared samples, from raw files."""
        raise NotImplementedError

    def cases(self, config: Config, store: Store, split: Any) -> Iterable[Case]:
        """Problems of a split with their truths, those of a group one after the other."""
        raise NotImplementedError

    def methods(self, config: Config, store: Store) -> Sequence[Method]:
        """The classical methods that the model is compared with."""
        raise NotImplementedError

    def network(self, settings: Any, seed: int) -> nn.Module:
        """What is trained, with the settings of the system's section."""
        raise NotImplementedError

    def objective(self, config: Config, store: Store) -> Objective:
        """What it is trained for."""
        raise NotImplementedError

    def model(self, contract: NetworkContract, network: nn.Module) -> NetworkModel:
        """A `Method` with that network."""
        raise NotImplementedError

    def contract(self, config: Config, store: Store, data_digest: str) -> NetworkContract:
        """Of a model that is made now, of the store's first field; `data_digest` is the store's."""
        group = next(iter(store.groups.values()))
        field = next(iter(group.fields.values()))
        return NetworkContract(
            system=self.name,
            variable=field.variable.name,
            units=field.variable.units,
            settings=config.section(self.name).model_dump(mode="json", exclude={"tune"}),
            grid=dict(field.grid.describe()),
            seed=config.seed,
            data_digest=data_digest,
        )

    def fitted(self, model: Any, cases: Sequence[Case]) -> Any:
        """The model calibrated on validation cases; as it is, unless a system says otherwise."""
        return model

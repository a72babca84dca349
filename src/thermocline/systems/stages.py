"""What a system does in the stages of the pipeline: each in a module of its `stages` package.

    validate_raw       validate_raw(config, folder, track): a summary of its raw files
    prepare            prepare(config, bars): writes the store
    validate_prepared  validate_prepared(config, folder): a summary of the store
    classical          tune_classical(config, folder): the classical methods, and what was tuned
    examine            Examiner(config, root): trains and judges for a study (see `examination`)
    train              Training(config): see there
    calibrate          calibrate(config, track): the model, and lines to read about it
    evaluate           evaluate(config, folder, track): the scoreboard, written with its figures

`config` is the whole of params.yaml, for the last three with the settings that the study found;
`folder` is a new one to write into, `track` goes through a list and shows how far it is.
"""

from collections.abc import Callable, Iterable, Sequence
from importlib import import_module
from pathlib import Path
from typing import TYPE_CHECKING, Any, Protocol

from thermocline.systems import get

if TYPE_CHECKING:
    from thermocline.systems.training import Metrics, Report

Track = Callable[[Sequence[Any], str], Iterable[Any]]


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


def stage(system: str, name: str) -> Any:
    """The module of a system's stage; raises BadConfig for a system that there is not."""
    return import_module(f"thermocline.systems.{get(system).name}.stages.{name}")

"""Raw files to the training store."""

from typing import TYPE_CHECKING

from thermocline.config import Config
from thermocline.prepare.split import plan
from thermocline.prepare.writer import write_store
from thermocline.systems.built import Built
from thermocline.systems.reconstruct.config import settings
from thermocline.systems.reconstruct.stages.raw import members

if TYPE_CHECKING:
    from rich.progress import Progress


def prepare(config: Config, bars: "Progress") -> None:
    """Write the store."""
    bar = bars.add_task("states", total=sum(len(each) for each in plan(config.data).values()))

    def show(member: str, done: int, total: int) -> None:
        bars.update(bar, completed=done, total=total, description=f"states of {member}")

    store = Built("reconstruct", config).store
    own = settings(config).data
    write_store(
        store,
        members(config.data.raw),
        own.grid,
        config.data,
        show,
        standardise=own.standardise,
        minimum_std=own.minimum_std,
    )

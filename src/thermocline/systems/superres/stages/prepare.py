"""Raw files to the store of pairs: days of boxes, coarse and fine."""

from typing import TYPE_CHECKING

from thermocline.config import Config
from thermocline.prepare.sst_writer import write_sst_store
from thermocline.systems.built import Built
from thermocline.systems.superres.config import settings
from thermocline.systems.superres.stages.raw import coarse_files, fields, fine_files

if TYPE_CHECKING:
    from rich.progress import Progress


def prepare(config: Config, bars: "Progress") -> None:
    """Write the store."""
    fine, coarse = fine_files(config), coarse_files(config)
    bar = bars.add_task("boxes", total=len(fine) + len(coarse))
    write_sst_store(
        Built("superres", config).store,
        fields(fine),
        fields(coarse),
        settings(config).data,
        config.data,
        lambda box: bars.update(bar, advance=1, description=box.replace("_", " ")),
    )

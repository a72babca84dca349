"""The raw files of a lineage record: each with its hashes, its provider, and whether it is read."""

import logging
from pathlib import Path

from thermocline import systems
from thermocline.config import Config
from thermocline.errors import ThermoclineError
from thermocline.files import sha256_file
from thermocline.registry.origin.dvc_facts import find_object, listing, md5_file
from thermocline.registry.origin.providers import provider
from thermocline.registry.origin.records import RawFile

logger = logging.getLogger("thermocline")


def files_read(system: str, config: Config) -> set[Path]:
    """The raw files that a system reads with these settings; none if one that it needs is away."""
    try:
        return {file.path.resolve() for file in systems.get(system).raw(config)}
    except ThermoclineError:
        return set()


def raw_files(
    root: str | Path, path: str, md5: str, read: set[Path] | frozenset[Path] = frozenset()
) -> tuple[RawFile, ...]:
    """Every file of the raw folder with this hash; () if DVC's listing of it is not here.

    Args:
        root: the project's folder.
        path: the raw folder within it.
        md5: DVC's hash of the folder.
        read: the files that the system reads now. They are marked if the folder on disk is the
            recorded version and holds them all: of another version that cannot be known. One
            that the record has not is warned of: nobody can make the model again without it.
    """
    folder, files, places = Path(root) / path, [], []
    for name, expected in sorted((listing(root, path, md5) or {}).items()):
        on_disk = folder / name
        here = on_disk if on_disk.is_file() and md5_file(on_disk) == expected else None
        places += [here and here.resolve()]
        here = here or find_object(root, expected)
        files.append(
            RawFile(
                path=name,
                md5=expected,
                sha256=sha256_file(here) if here else "",
                bytes=here.stat().st_size if here else 0,
                provider=provider(name, here),
            )
        )
    known = {(folder / file.path).resolve() for file in files}
    if files and (strange := sorted(read - known)):
        logger.warning(
            "the system reads %s, which the recorded version of %s does not hold: `dvc commit "
            "%s.dvc`, commit that file, and train again; else the model cannot be made again",
            strange[0].name + (f" and {len(strange) - 1} more files" if strange[1:] else ""),
            *(path, path),
        )
    if not read or None in places or not read <= set(places):
        return tuple(files)
    marks = (place in read for place in places)
    return tuple(f.model_copy(update={"read": m}) for f, m in zip(files, marks, strict=True))

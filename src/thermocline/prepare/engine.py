"""Where parts are made: in this process, on this machine's cores, or on any Dask scheduler.

A small archive is read in this process and no cluster is started. Of a larger one, workers make
parts, which are files in a folder beside the store; this process reads them one after another, in
the system's order, so that the store does not depend on who made what. A store that was
interrupted goes on from the parts that are there; they are removed when it is whole.
"""

import shutil
from collections.abc import Callable, Generator, Iterable, Iterator, Sequence
from contextlib import chdir, closing, contextmanager
from functools import partial
from itertools import pairwise
from pathlib import Path
from threading import Lock
from typing import TYPE_CHECKING, Any, TypeVar

from thermocline.config import PrepareConfig
from thermocline.errors import BadConfig, BadFile
from thermocline.netcdf import small_cache
from thermocline.prepare.blocks import room
from thermocline.prepare.parts import Part, code_digest, ensure, written
from thermocline.prepare.raw import RawFile
from thermocline.prepare.sample import Packed, Sample

if TYPE_CHECKING:
    from thermocline.prepare.cluster import Mapped

SMALL_ARCHIVE = 256 * 2**20
"""Bytes of raw files that are read faster in this process than a cluster is started."""
PIECE = 256 * 2**20
"""Bytes of a raw file above which it makes several parts."""
_TURN = Lock()
"""One part at a time in a process: NetCDF's library is not safe between threads."""

Item = TypeVar("Item")
Track = Callable[[Sequence[Any], str], Iterable[Any]]
"""Goes through a list and shows how far it is."""


@contextmanager
def made(
    parts: Sequence[Part], settings: PrepareConfig, store: Path, track: Track, label: str
) -> Iterator[Iterator[Sample | Packed]]:
    """Within it, the samples of all parts, in order.

    Args:
        parts: each is made once.
        settings: how many workers, with how much memory, or which scheduler.
        store: what is made of them; the parts lie in a hidden folder beside it, which is removed
            when the block has ended well.
        track, label: show how many parts are done.

    Raises:
        BadConfig: if the scheduler cannot be reached, or memory or workers do not suffice.
        Whatever making a part raises.
    """
    reads = {path for part in parts for path in part.reads}
    if not (settings.scheduler or any(part.heavy for part in parts) or is_large(reads)):
        yield (sample for part in track(parts, label) for sample in part.samples())
        return
    folder = store.parent.resolve() / f".{store.stem}-parts"
    folder.mkdir(parents=True, exist_ok=True)
    make = partial(_make, folder=folder, code=code_digest())
    with (
        small_cache(),
        mapping(settings, len(parts)) as mapped,
        closing(mapped(make, parts)) as files,
    ):
        done = zip(files, track(parts, label), strict=True)
        yield (sample for path, _ in done for sample in written(path))
    shutil.rmtree(folder)


@contextmanager
def each(
    function: Callable[[Item], Any],
    items: Sequence[Item],
    settings: PrepareConfig,
    reads: Iterable[Path],
) -> Iterator[Iterator[Any]]:
    """Within it, `function` of every item in order, wherever `made` would make as many parts."""
    if not (settings.scheduler or is_large(set(reads))):
        yield map(function, items)
        return
    with mapping(settings, len(items)) as mapped, closing(mapped(function, items)) as results:
        yield results


def is_large(files: set[Path]) -> bool:
    """Whether they are worth a cluster: see `SMALL_ARCHIVE`."""
    return sum(path.stat().st_size for path in files) > SMALL_ARCHIVE


@contextmanager
def mapping(settings: PrepareConfig, most: int) -> Iterator["Mapped"]:
    """Within it, `map` with the results in order, on a scheduler's workers or those of here.

    Args:
        most: pieces of work there are.
    """
    if settings.scheduler:
        from thermocline.prepare.cluster import connected

        with connected(settings.scheduler) as mapped:
            yield partial(_in_turn, mapped)
    elif (workers := min(settings.count, most)) > 1:
        from thermocline.prepare.cluster import local

        with local(workers, settings.share(workers)) as mapped:
            yield partial(_in_turn, mapped)
    else:
        yield partial(_here, settings.share(1))


def pieces(file: RawFile) -> list[slice | None]:
    """Steps of time of a raw file that make a part each; None for all of them.

    They depend on the file alone, so that the same parts are found by any number of workers.
    """
    count = max(1, -(-file.path.stat().st_size // PIECE))
    if count == 1:
        return [None]
    with file.axes() as dataset:
        steps = dataset.sizes["time"]
    length = -(-steps // count)
    return [slice(start, min(start + length, steps)) for start in range(0, steps, length)]


def batched(items: Sequence[Item], most: int) -> list[Sequence[Item]]:
    """Items in about equal lots of at most so many."""
    count = max(1, -(-len(items) // most))
    edges = [len(items) * i // count for i in range(count + 1)]
    return [items[a:b] for a, b in pairwise(edges) if a < b]


def members_of(files: Iterable[RawFile]) -> set[str]:
    """The members that files belong to."""
    found = set()
    for file in files:
        with file.axes() as dataset:
            found.add(str(dataset.attrs["member"]))
    return found


def _here(memory: int, function: Callable, items: Sequence[Any]) -> Generator[Any, None, None]:
    for item in items:
        with room(memory):
            result = function(item)
        yield result


def _in_turn(
    mapped: "Mapped", function: Callable, items: Sequence[Any]
) -> Generator[Any, None, None]:
    return mapped(partial(_at_root, function, root=Path.cwd()), items)


def _at_root(function: Callable, item: Any, root: Path) -> Any:
    """`function` in a worker: one at a time, in the project's folder, on this thread alone."""
    if not root.is_dir():
        raise BadFile(
            "a worker does not see this folder",
            where=str(root),
            fix="put the project on a file system that all workers share",
        )
    from dask import config
    from threadpoolctl import threadpool_limits

    alone = config.set(scheduler="synchronous"), threadpool_limits(1)
    with _TURN, chdir(root), alone[0], alone[1], small_cache():
        return function(item)


def _make(part: Part, folder: Path, code: str) -> Path:
    """The part's file."""
    if code != code_digest():
        raise BadConfig(
            "a worker runs another version of Thermocline or of its libraries",
            where="scheduler",
            fix="start the workers in the environment that `prepare` is run in",
        )
    return ensure(part, folder, code)

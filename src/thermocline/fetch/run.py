"""From a request to files in place: planned, fetched, checked, and written down.

`SHA256SUMS` in the product's folder, in the form that `sha256sum -c` reads, holds what every file
was when it was fetched. A file that is there and as it was is not fetched again; one that the
provider has changed since is refused until a person says that the new one is wanted.
"""

import shutil
from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path

import requests

from thermocline.errors import BadConfig, BadFile
from thermocline.fetch import clients, plain
from thermocline.fetch.download import Progress
from thermocline.fetch.plan import Item, Plan, Product
from thermocline.fetch.request import Request
from thermocline.fetch.whole import is_whole
from thermocline.files import atomic_path, scratch_directory, sha256_file

PRODUCTS = {product.name: product for product in (*clients.PRODUCTS, *plain.PRODUCTS)}
SUMS = "SHA256SUMS"
PARTS = Path("build/fetch")
"""Beginnings of files: a download that broke off goes on from there."""
HEADS = {b"CDF": "NetCDF", b"\x89HDF": "NetCDF-4"}


def product(name: str) -> Product:
    """A product by its name; raises BadConfig if there is none."""
    if name not in PRODUCTS:
        raise BadConfig(
            f"no product {name!r}", where="thermocline fetch", fix=f"one of {', '.join(PRODUCTS)}"
        )
    return PRODUCTS[name]


@dataclass(frozen=True)
class Fetched:
    """What became of a plan: names of files that were fetched, and that were there."""

    new: tuple[str, ...]
    present: tuple[str, ...]


def fetch(
    plan: Plan,
    folder: Path,
    session: requests.Session,
    parts: Path = PARTS,
    progress: Progress = lambda done, of: None,
    accept_changed: bool = False,
) -> Fetched:
    """Fetch what is not there.

    Args:
        folder: the product's.
        accept_changed: take files that differ from what `SHA256SUMS` says of them.

    Raises:
        BadFile: for what cannot be fetched, has changed, or is no data; what came before it stays.
    """
    _check_space(plan, folder, parts)
    sums = read_sums(folder)
    new, present = list[str](), list[str]()
    for item in plan.items:
        there = [name for name in item.names if _as_it_was(folder / name, sums)]
        if item.names and len(there) == len(item.names):
            present += there
            continue
        for name, is_new in _fetched(item, folder, parts, sums, progress, accept_changed):
            (new if is_new else present).append(name)
    return Fetched(tuple(new), tuple(present))


def _fetched(
    item: Item,
    folder: Path,
    parts: Path,
    sums: dict[str, str],
    progress: Progress,
    accept_changed: bool,
) -> list[tuple[str, bool]]:
    """Fetch an item into a folder of its own, check every file, and only then put it in place.

    Returns names, and whether each was not there as it is.
    """
    done = []
    parts.mkdir(parents=True, exist_ok=True)
    with scratch_directory(parts / "made") as made:
        item.get(made, parts, progress)
        files = sorted(path for path in made.iterdir() if not path.name.startswith("."))
        for path in files:
            _check_content(path, item.source)
            digest = sha256_file(path)
            if sums.get(path.name, digest) != digest and not accept_changed:
                raise BadFile(
                    f"{path.name} is not what it was when it was first fetched: "
                    f"SHA-256 {digest[:12]} for {sums[path.name][:12]}",
                    where=item.source,
                    fix="the provider has changed it, or it was damaged on the way: try again; "
                    "to have the new one, add --accept-changed",
                )
            done.append((path.name, not _as_it_was(folder / path.name, sums)))
            if done[-1][1]:
                with atomic_path(folder / path.name) as temporary:
                    shutil.move(path, temporary)
                sums[path.name] = digest
                write_sums(folder, sums)
    return done


def _check_space(plan: Plan, folder: Path, parts: Path) -> None:
    """Raise BadFile if the disk has less room than the files need, archives unpacked besides."""
    for place in (folder, parts):
        place.mkdir(parents=True, exist_ok=True)
    free = shutil.disk_usage(folder).free
    if plan.size is not None and 2 * plan.size > free:
        raise BadFile(
            f"needs up to {2 * plan.size / 1e9:.1f} GB, {free / 1e9:.1f} GB are free",
            where=str(folder),
            fix="make room, or ask for less",
        )


def _check_content(path: Path, source: str) -> None:
    """Raise BadFile for what is no NetCDF (a page that asks to log in, an error in words), or is
    not whole.
    """
    with path.open("rb") as stream:
        head = stream.read(64)
    if not head.startswith(tuple(HEADS)):
        page = head.lstrip()[:1] in (b"<", b"{")
        raise BadFile(
            "sent a page of text, not NetCDF" if page else "sent something that is not NetCDF",
            where=source,
            fix="the provider may want you to log in, or has moved the file: open the address in a "
            "browser",
        )
    if not is_whole(path):
        raise BadFile(
            f"{path.name} was cut off on the way, after {path.stat().st_size:,} bytes",
            where=source,
            fix="run the command again",
        )


def _as_it_was(path: Path, sums: dict[str, str]) -> bool:
    return path.is_file() and sums.get(path.name) == sha256_file(path)


def read_sums(folder: Path) -> dict[str, str]:
    """Digests by name, of `SHA256SUMS` if it is there."""
    path = folder / SUMS
    if not path.is_file():
        return {}
    lines = path.read_text(encoding="utf-8").splitlines()
    pairs: Iterable[tuple[str, str, str]] = (line.partition("  ") for line in lines if line)
    return {name: digest for digest, _, name in pairs}


def write_sums(folder: Path, sums: dict[str, str]) -> None:
    """Write `SHA256SUMS` whole."""
    with atomic_path(folder / SUMS) as temporary:
        lines = [f"{digest}  {name}\n" for name, digest in sorted(sums.items())]
        temporary.write_text("".join(lines), encoding="utf-8")


def plan_for(name: str, request: Request, session: requests.Session) -> Plan:
    """What a request for a product comes to; asks the provider, fetches nothing."""
    chosen = product(name)
    return chosen.plan(chosen.checked(request), session)

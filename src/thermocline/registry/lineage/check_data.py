"""The data's links: prepared and raw files have the recorded hashes, here or in DVC's objects.

What lies in the working folders may be of another version than the model's: that is no break of
its chain, as DVC's own records tell. A file that is neither that version nor the recorded one is.
"""

from collections.abc import Iterator
from pathlib import Path

from thermocline.registry.lineage.check import BROKEN, NOT_HERE, OK, Check, guarded, same
from thermocline.registry.origin.dvc_facts import (
    find_object,
    folder_hash,
    md5_file,
    raw_hash,
    stage_facts,
)
from thermocline.registry.origin.records import Lineage, RawFile


def check_data(lineage: Lineage, root: Path) -> Iterator[Check]:
    """Prepared store, the listing of the raw folder, and each raw file."""
    yield from _prepared(lineage, root)
    raw = lineage.data.raw
    if not raw.files:
        yield Check("raw data", NOT_HERE, "their files were not listed at registration")
        return
    listed = folder_hash({file.path: file.md5 for file in raw.files})
    yield same("raw data, as listed", listed, raw.dvc_md5, "DVC hash")
    current = raw_hash(root)[1]
    checks = [_raw_file(file, root, raw.path, current == raw.dvc_md5) for file in raw.files]
    for state in (BROKEN, NOT_HERE):
        yield from (check for check in checks if check.state == state)
    count = sum(check.state == OK for check in checks)
    if count:
        yield Check("raw files", OK, f"{count} of {len(checks)} have the recorded MD5")


def _prepared(lineage: Lineage, root: Path) -> Iterator[Check]:
    prepared = lineage.data.prepared
    link, path = "prepared data", root / prepared.path
    if not prepared.dvc_md5:
        yield Check(link, NOT_HERE, "their hash was not recorded")
        return
    stored = find_object(root, prepared.dvc_md5)
    found = md5_file(path) if prepared.path and path.is_file() else ""
    replaced = found and found == stage_facts(root, prepared.path).get(prepared.path)
    if found == prepared.dvc_md5:
        yield Check(link, OK, f"{prepared.path} has MD5 {found}")
        yield from _content(path, prepared.content_digest)
    elif found and not replaced:
        yield Check(
            link, BROKEN, f"{prepared.path} has MD5 {found}, recorded was {prepared.dvc_md5}"
        )
        yield from _content(path, prepared.content_digest)
    elif stored is not None:
        yield same(f"{link}, in DVC's cache", md5_file(stored), prepared.dvc_md5, "MD5")
        yield from _content(stored, prepared.content_digest)
    else:
        said = "a later version is" if found else "nothing is"
        yield Check(link, NOT_HERE, f"{said} at {prepared.path}, and DVC's cache has it not")


def _content(path: Path, recorded: str) -> Iterator[Check]:
    from thermocline.prepare.store import Store

    link = "prepared data, content"
    found = lambda: Store.open(path).digest()
    return guarded(link, lambda: iter([same(link, found(), recorded, "digest")]))


def _raw_file(file: RawFile, root: Path, folder: str, current: bool) -> Check:
    """One raw file: on disk if that is the model's version of the data, else in DVC's objects."""
    link, path = f"raw file {folder}/{file.path}", root / folder / file.path
    found = md5_file(path) if path.is_file() else ""
    if found == file.md5:
        return Check(link, OK, f"MD5 {found}")
    if found and current:
        return Check(link, BROKEN, f"MD5 is {found}, recorded was {file.md5}")
    stored = find_object(root, file.md5)
    if stored is None:
        return Check(link, NOT_HERE, "neither on disk nor among DVC's objects")
    return same(f"{link}, among DVC's objects", md5_file(stored), file.md5, "MD5")

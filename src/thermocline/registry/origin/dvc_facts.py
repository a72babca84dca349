"""What DVC knows of the data, read from its own small files; DVC itself is slow to import.

`data.dvc` names the raw folder's hash, dvc.lock what each stage read and wrote. A folder's hash
is the MD5 of a JSON listing of its files, which lies in the cache and in the remote.
"""

import hashlib
import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import yaml

from thermocline.errors import BadFile
from thermocline.pipeline.outside import stage_files

DATA_FILE, LOCK_FILE = "data.dvc", "dvc.lock"
LOADER = getattr(yaml, "CSafeLoader", yaml.SafeLoader)
"""libyaml's where it is there: a quarter of the time, for thousands of lines."""


def parse_data_file(text: str) -> tuple[str, str]:
    """Path and hash of the data that a `.dvc` file tracks; ("data", "") if it names none."""
    content = _mapping(text, DATA_FILE)
    outputs = content.get("outs") or [{}]
    return str(outputs[0].get("path", "data")), str(outputs[0].get("md5", ""))


def raw_hash(root: str | Path) -> tuple[str, str]:
    """Path and hash of the raw data at `root`; ("data", "") if DVC does not track them."""
    path = Path(root) / DATA_FILE
    return parse_data_file(path.read_text(encoding="utf-8")) if path.is_file() else ("data", "")


def stage_facts(root: str | Path, output: str) -> dict[str, str]:
    """Hashes by path of what a stage read and wrote when it last ran here; {} if it never did.

    Args:
        output: a path that the stage writes, such as `build/prepared/SYSTEM.nc`.
    """
    locks = [Path(root) / LOCK_FILE, *(file.with_suffix(".lock") for file in stage_files(root))]
    for path in locks:
        if not path.is_file():
            continue
        stages = _mapping(path.read_text(encoding="utf-8"), str(path)).get("stages") or {}
        for entry in stages.values():
            if output in _hashes(entry, "outs"):
                return _hashes(entry, "deps") | _hashes(entry, "outs")
    return {}


def _hashes(entry: Any, part: str) -> dict[str, str]:
    items = (entry or {}).get(part) or []
    return {str(item["path"]): str(item.get("md5", "")) for item in items if "path" in item}


def objects(root: str | Path) -> Iterator[Path]:
    """Folders that may hold DVC's objects: the caches here, and remotes that are folders here."""
    root = Path(root)
    yield root / ".dvc" / "cache" / "files" / "md5"
    for name in ("config.local", "config"):
        settings = root / ".dvc" / name
        if not settings.is_file():
            continue
        for line in settings.read_text(encoding="utf-8").splitlines():
            key, _, value = (part.strip() for part in line.partition("="))
            if key in ("url", "dir") and "://" not in value:
                yield (settings.parent / value.strip("'\"")).resolve() / "files" / "md5"


def find_object(root: str | Path, md5: str) -> Path | None:
    """The object with this hash (a folder's ends in `.dir`), if it lies here."""
    if len(md5) < 3:
        return None
    places = (folder / md5[:2] / md5[2:] for folder in objects(root))
    return next((place for place in places if place.is_file()), None)


def listing(root: str | Path, path: str, md5: str) -> dict[str, str] | None:
    """MD5 by path of the files in a tracked folder, or None if no listing of that hash is here.

    Without the listing in cache or remote it is made of the files on disk, and is believed only
    if its hash is the one asked for.
    """
    stored = find_object(root, md5)
    if stored is not None:
        text = stored.read_bytes()
        if hashlib.md5(text).hexdigest() == md5.removesuffix(".dir"):
            return {item["relpath"]: item["md5"] for item in json.loads(text)}
    folder = Path(root) / path
    if not md5 or not folder.is_dir():
        return None
    found = md5_of_files(folder)
    return found if folder_hash(found) == md5 else None


def md5_of_files(folder: Path) -> dict[str, str]:
    """MD5 by relative path of all files in a folder."""
    files = (path for path in folder.rglob("*") if path.is_file())
    return {path.relative_to(folder).as_posix(): md5_file(path) for path in files}


def folder_hash(files: dict[str, str]) -> str:
    """DVC's hash of a folder, from the MD5 of each file by relative path."""
    items = [{"md5": files[name], "relpath": name} for name in sorted(files)]
    return hashlib.md5(json.dumps(items, sort_keys=True).encode()).hexdigest() + ".dir"


def md5_file(path: str | Path) -> str:
    """MD5 of a file's bytes: how DVC names it; not meant against an adversary."""
    with Path(path).open("rb") as stream:
        return hashlib.file_digest(stream, "md5").hexdigest()


def _mapping(text: str, where: str) -> dict[str, Any]:
    try:
        content = yaml.load(text, Loader=LOADER) or {}
        if not isinstance(content, dict):
            raise BadFile("expected keys and values", where=where)
    except yaml.YAMLError as problem:
        raise BadFile(f"not valid YAML: {problem}", where=where) from problem
    return content

"""A manifest over a whole folder, and the refusal of folders that are not exactly what it says."""

import json
import re
from pathlib import Path, PurePosixPath

from thermocline.errors import BadFile
from thermocline.files import sha256_file, sha256_tree, write_json

MANIFEST = "manifest.json"
_FIX = "export the model again, and copy the folder whole"


def write_folder_manifest(folder: Path) -> str:
    """Write the manifest of a folder; returns its own SHA-256, which names the whole export."""
    listed = _checksums(folder)
    write_json(folder / MANIFEST, {"sha256": listed})
    return sha256_file(folder / MANIFEST)


def check_folder(folder: Path) -> dict[str, str]:
    """SHA-256 by name of every file, after checking all of them.

    Raises:
        BadFile: if there is no readable manifest; if it names a path that leaves the folder; if
            there is a link in the folder; or if a file is missing, changed, or not listed.
    """
    if not folder.is_dir() or folder.is_symlink():
        raise BadFile("no such folder", where=str(folder), fix="name an export's folder")
    listed = _read(folder)
    for name in listed:
        if not _stays_inside(name):
            raise BadFile(
                f"its manifest names {name!r}, which leaves the folder",
                where=f"{folder.name}/{MANIFEST}",
                fix="do not use this export: no export of ours is so",
            )
    found = _checksums(folder)
    wrong = sorted(name for name in found | listed if found.get(name) != listed.get(name))
    if wrong:
        more = f" and {len(wrong) - 3} more" if len(wrong) > 3 else ""
        raise BadFile(
            f"differs from its manifest: {', '.join(wrong[:3])}{more}",
            where=folder.name,
            fix=_FIX,
        )
    return listed


def _read(folder: Path) -> dict[str, str]:
    try:
        if (folder / MANIFEST).is_symlink():
            raise ValueError("it is a link")
        listed = json.loads((folder / MANIFEST).read_text(encoding="utf-8"))["sha256"]
        for name, digest in listed.items():
            if not isinstance(name, str) or not re.fullmatch("[0-9a-f]{64}", digest):
                raise ValueError(f"no SHA-256 of {name!r}")
    except (OSError, ValueError, KeyError, TypeError, AttributeError) as problem:
        raise BadFile(
            f"no readable manifest ({problem})", where=f"{folder.name}/{MANIFEST}", fix=_FIX
        ) from problem
    return dict(listed)


def _stays_inside(name: str) -> bool:
    """Whether a name is a plain relative path, in POSIX's way of writing and in Windows'."""
    path = PurePosixPath(name)
    plain = name == path.as_posix() and not {"\\", "\0", ":"} & set(name)
    return bool(name) and plain and not path.is_absolute() and ".." not in path.parts


def _checksums(folder: Path) -> dict[str, str]:
    """SHA-256 of every file but the manifest; a link or a device is refused."""
    for path in folder.rglob("*"):
        if path.is_symlink() or not (path.is_file() or path.is_dir()):
            raise BadFile(
                "this is a link or a device, not a file",
                where=path.relative_to(folder).as_posix(),
                fix="do not use this export: no export of ours holds one",
            )
    found = sha256_tree(folder)
    found.pop(MANIFEST, None)
    return found

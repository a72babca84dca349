"""One file by HTTP: resumed where it broke off, checked, and put in place whole or not at all.

The beginning of a file is kept outside of the data, named after its address, together with what the
server said of the file's version: if that has changed, the download begins anew.
"""

import hashlib
import json
from collections.abc import Callable
from pathlib import Path

import requests

from thermocline.errors import BadFile
from thermocline.fetch.alone import held_alone
from thermocline.fetch.server import ATTEMPTS, TIMEOUT, Busy, check, pause, unaskable
from thermocline.files import atomic_path

Progress = Callable[[int, int | None], None]
BLOCK = 2**18


def download(
    address: str,
    path: Path,
    parts: Path,
    session: requests.Session,
    progress: Progress = lambda done, of: None,
    size: int | None = None,
) -> None:
    """Fetch a file; `path` is whole afterwards, or was not touched.

    Where neither the server nor `size` says how long it is, nobody knows but who reads it.

    Whoever fetches the same address at the same time is waited for.

    Args:
        parts: folder of beginnings of files.
        progress: called with the bytes had so far, and how many there are if it is known.
        size: bytes of the file, as it was planned: what the server says as it sends comes first,
            and where it says nothing, less than this is too little, and more is not too much.

    Raises:
        BadFile: if the server has no such file, denies it, stays busy, or sends less than it says.
    """
    part = parts / f"{hashlib.sha256(address.encode()).hexdigest()[:24]}.part"
    with held_alone(part.with_suffix(".lock")):
        _download(address, path, part, session, progress, size)


def _download(
    address: str,
    path: Path,
    part: Path,
    session: requests.Session,
    progress: Progress,
    size: int | None,
) -> None:
    problem = ""
    for attempt in range(ATTEMPTS):
        pause(attempt)
        try:
            said = _append(address, part, session, progress, size)
        except Busy as busy:
            problem = str(busy)
            continue
        have = part.stat().st_size
        expected = size if said is None else said
        if expected is not None and have < expected:
            problem = f"broke off after {have:,} of {expected:,} bytes"
            continue
        if said is not None and have > said:
            problem = f"sent {have:,} bytes of {said:,}"
            part.unlink()
            continue
        with atomic_path(path) as temporary:
            part.replace(temporary)
        _version(part).unlink(missing_ok=True)
        return
    raise BadFile(
        f"the server {problem}, {ATTEMPTS} times",
        where=address,
        fix="run the command again later: it goes on where it was",
    )


def _append(
    address: str, part: Path, session: requests.Session, progress: Progress, size: int | None
) -> int | None:
    """Ask for what is missing, and add it; the size of the whole, if the server says it."""
    had = part.stat().st_size if part.exists() else 0
    version = _known(part)
    # Without a version to compare, what was begun may be the beginning of another file.
    headers = {"Range": f"bytes={had}-", "If-Range": version} if had and version else {}
    headers["Accept-Encoding"] = "identity"
    try:
        with session.get(address, headers=headers, stream=True, timeout=TIMEOUT) as answer:
            if answer.status_code == 416 and headers.get("Range"):
                part.unlink()
                raise Busy("has a file that is shorter than what was begun")
            check(address, answer)
            resumed = answer.status_code == 206
            if resumed and not _goes_on(answer, had, version):
                part.unlink()
                raise Busy("sent another part than was asked for")
            whole = _whole(answer, had if resumed else 0)
            with part.open("ab" if resumed else "wb") as stream:
                if not resumed:  # the old beginning is gone by now
                    _note(part, _validator(answer))
                for block in answer.iter_content(BLOCK):
                    stream.write(block)
                    progress(stream.tell(), size if whole is None else whole)
            return whole
    except (requests.ConnectionError, requests.Timeout) as problem:
        raise Busy(f"did not answer ({type(problem).__name__})") from problem
    except requests.exceptions.ChunkedEncodingError as problem:
        raise Busy("broke off") from problem
    except requests.RequestException as problem:
        raise unaskable(address, problem) from problem


def _goes_on(answer: requests.Response, had: int, version: str) -> bool:
    """Whether a part begins where ours ends, and is of the same version of the file."""
    begins = answer.headers.get("Content-Range", "").startswith(f"bytes {had}-")
    return begins and _validator(answer) in ("", version)


def _whole(answer: requests.Response, had: int) -> int | None:
    """The size of the whole file, of which a part was there already; None if it is not said."""
    length = answer.headers.get("Content-Length", "")
    if length.isdigit():
        return int(length) + had
    total = answer.headers.get("Content-Range", "").rpartition("/")[2]
    return int(total) if had and total.isdigit() else None


def _version(part: Path) -> Path:
    return part.with_suffix(".version")


def _note(part: Path, version: str) -> None:
    """Write down of which version a beginning is."""
    with atomic_path(_version(part)) as temporary:
        temporary.write_text(json.dumps(version), encoding="utf-8")


def _known(part: Path) -> str:
    """Of which version a beginning is; "" if that is not known."""
    try:
        return str(json.loads(_version(part).read_text(encoding="utf-8")))
    except (OSError, ValueError):
        return ""


def _validator(answer: requests.Response) -> str:
    """What names this version of the file for `If-Range`: a strong ETag, or the date of change."""
    tag = answer.headers.get("ETag", "")
    return tag if tag.startswith('"') else answer.headers.get("Last-Modified", "")

"""Small questions to a server: what it sends, what a folder holds, how long a file is."""

import re
import time
from typing import Any

import requests

from thermocline.errors import BadFile

ATTEMPTS = 5
BUSY = {408, 425, 429, 500, 502, 503, 504}
"""HTTP states after which to ask again makes sense."""
TIMEOUT = (15, 60)
"""Seconds to connect, and of silence."""
MAX_LISTING = 5_000_000
"""Characters of a folder's page that are looked at."""
LONGEST_WAIT = 60.0
WAIT = 1.0
"""Seconds before the second attempt; doubled before each further one."""


def pause(attempt: int) -> None:
    """Wait before an attempt, counted from 0: the first is made at once."""
    if attempt:
        time.sleep(min(LONGEST_WAIT, WAIT * 2 ** (attempt - 1)))


def ask(address: str, session: requests.Session, **parameters: Any) -> requests.Response:
    """A small answer, asked for again where the server is busy.

    Raises:
        BadFile: if there is none.
    """
    problem = ""
    for attempt in range(ATTEMPTS):
        pause(attempt)
        try:
            answer = session.get(address, params=parameters, timeout=TIMEOUT)
            check(address, answer)
            return answer
        except (Busy, requests.RequestException) as busy:
            if isinstance(busy, ValueError):  # no address at all
                raise unaskable(address, busy) from busy
            problem = str(busy) if isinstance(busy, Busy) else type(busy).__name__
    raise BadFile(
        f"the provider cannot be reached ({problem})",
        where=address,
        fix="check the connection, or try again later",
    )


def listing(address: str, session: requests.Session) -> list[str]:
    """Names that a folder's page links to, in it and not elsewhere.

    Raises:
        BadFile: if the folder cannot be read.
    """
    answer = ask(address, session)
    names = re.findall(r'href="([^"/?#:]+)"', answer.text[:MAX_LISTING])
    return sorted(dict.fromkeys(names))


def remote_size(address: str, session: requests.Session) -> int | None:
    """Bytes of a file, if the server says so without sending it; None else.

    Raises:
        BadFile: if there is no such file, or it is denied.
    """
    try:
        plain = {"Accept-Encoding": "identity"}  # the size of the file, not of it packed
        answer = session.head(address, headers=plain, timeout=TIMEOUT, allow_redirects=True)
        check(address, answer)
    except (Busy, requests.RequestException):
        return None
    if answer.headers.get("Content-Encoding", "identity").strip().lower() not in ("", "identity"):
        return None
    length = answer.headers.get("Content-Length", "")
    return int(length) or None if length.isdigit() else None  # some say 0 for what they do not send


class Busy(Exception):
    """The server may answer another time."""


def check(address: str, answer: requests.Response) -> None:
    """Raise Busy if asking again makes sense, BadFile if the file cannot be had."""
    status = answer.status_code
    if address.startswith("https:") and not answer.url.startswith("https:"):
        raise BadFile("leads away from https", where=address, fix="tell the provider")
    if status in BUSY:
        raise Busy(f"says {status} {answer.reason}")
    if status in (401, 403):
        raise BadFile(
            f"the provider denies it ({status} {answer.reason})",
            where=address,
            fix="put your account's name and password into ~/.netrc for this host, "
            "or ask the provider",
        )
    if status not in (200, 206):
        raise BadFile(
            f"the provider has no such file ({status} {answer.reason})",
            where=address,
            fix="check the period and the names; the provider may have moved it",
        )


def unaskable(address: str, problem: Exception) -> BadFile:
    """What to say of an address that is none."""
    return BadFile(
        f"this address cannot be asked ({type(problem).__name__})",
        where=address,
        fix="check it, and the one of --server: it begins with https://",
    )

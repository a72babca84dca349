"""The lines of a table, without comments, and up to its end mark.

Comments begin with `#`. Above the table they may also begin with `//`, be a block from `/*` to `*/`
(PANGAEA), or be Excel's `sep=;`. `END_DATA` ends a table in the exchange format of CCHDO.
"""

import re
from collections.abc import Iterator
from typing import TextIO

from thermocline.errors import BadFile

MAX_COLUMNS = 500
MAX_LINE = 100_000
"""Most columns of a table and characters of a line, checked before anything else is read."""
END = "END_DATA"


def lines_of(stream: TextIO, where: str, *, comments: bool = False) -> Iterator[str]:
    """The lines of a table; comments become empty lines, so that line numbers stay right.

    Args:
        comments: whether lines that begin with # are given as they are.

    Raises:
        BadFile: for a line that is too long, and for lines after the end mark.
    """
    above, block, ended = True, False, False
    for line in _limited(stream, where):
        block = block or (above and line.startswith("/*"))
        if block:
            block = "*/" not in line
            yield "\n"
        elif above and re.match(r'//|"?sep=.?"?\s*$', line):
            yield "\n"
        elif line.startswith("#"):
            yield line if comments else "\n"
        elif ended and line.strip():
            raise BadFile(
                f"goes on after {END}",
                where=where,
                fix="write one table, with one header, or give each table in its own file",
            )
        elif line.strip() == END:
            ended = True
        else:
            above = above and not line.strip()
            yield line


def _limited(stream: TextIO, where: str) -> Iterator[str]:
    while line := stream.readline(MAX_LINE + 1):
        if len(line) > MAX_LINE:
            raise BadFile(
                f"has a line of more than {MAX_LINE:,} characters",
                where=where,
                fix=f"give a table of at most {MAX_COLUMNS} columns, one observation a line",
            )
        yield line

"""Loaded by every Python process that has this folder on its path: one stage fails when told.

THERMOCLINE_FAIL = "script event pattern": in the process that runs `script`, the first audit event
of that name one of whose arguments matches the pattern raises an exception of no known type.
"""

import os
import re
import sys


class Injected(Exception):
    """What no code expects."""


def _arm(event: str, pattern: str) -> None:
    def hook(name: str, arguments: tuple) -> None:
        if name == event and any(re.search(pattern, str(a)) for a in arguments):
            raise Injected("sea monster")

    sys.addaudithook(hook)


if told := os.environ.get("THERMOCLINE_FAIL"):
    script, *rest = told.split(" ")
    if any(argument.endswith(f"pipelines/{script}") for argument in sys.orig_argv):
        _arm(*rest)

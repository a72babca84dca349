"""Processes that own something, such as a temporary folder: their names, and whether they live.

Numbers of processes repeat: in containers, which count on their own though they may share a folder
and the host's name, and after a while on every machine. So a process is named by three numbers as
far as /proc tells them, such as `123_4026531836_98765`: its own, that of the namespace which counts
processes, and the time at which it began, in ticks of the kernel's clock (field 22 of
/proc/PID/stat, `man 5 proc`).
"""

import ctypes
import os
import sys
from pathlib import Path

_SEPARATOR = "_"
_STATE, _BEGAN = 0, 19
"""Places in /proc/PID/stat after the command's name, which may itself hold anything."""
_LIBRARY = ctypes.CDLL(None) if sys.platform == "linux" else None
_PR_SET_PDEATHSIG = 1
"""Of prctl(2)."""


def this_process() -> str:
    """The name of this process: digits and underscores, fit for names of files."""
    number = os.getpid()
    known = (number, _namespace(), _began(number))
    return _SEPARATOR.join(str(each) for each in known if each)


def may_live(name: str) -> bool:
    """Whether the process of this host with that name lives, or nobody here can tell.

    One of another namespace cannot be seen from here. What is no such name counts as living.
    """
    parts = name.split(_SEPARATOR)
    if not all(part.isascii() and part.isdecimal() for part in parts):
        return True
    number, namespace, began = (*map(int, parts), 0, 0)[:3]
    if namespace and namespace != _namespace():
        return True
    return process_alive(number) and began in (0, _began(number) or began)


def process_alive(process: int) -> bool:
    """Whether a process of this machine exists, and is no zombie."""
    try:
        os.kill(process, 0)
    except (ProcessLookupError, OverflowError):
        return False
    except PermissionError:
        pass
    # Killed, but its parent has not taken note: only Linux tells.
    return _stat(process)[_STATE : _STATE + 1] not in (["Z"], ["X"])


def signal_when_ends(parent: int, signal: int) -> bool:
    """Have Linux send this process a signal when its parent ends, however that ends.

    At once, if it has ended already. Called in the new process, before or after it begins.

    Returns:
        whether that is known here: elsewhere somebody has to look.
    """
    if _LIBRARY is None:
        return False
    _LIBRARY.prctl(_PR_SET_PDEATHSIG, signal)
    if os.getppid() != parent:
        os.kill(os.getpid(), signal)
    return True


def _namespace() -> int:
    """The number of this process's namespace of processes; 0 where there is none."""
    try:
        return Path("/proc/self/ns/pid").stat().st_ino
    except OSError:
        return 0


def _began(process: int) -> int:
    """When a process began; 0 if that is not known, or /proc is of another namespace."""
    try:
        ours = Path("/proc/self").readlink().name == str(os.getpid())
    except OSError:
        ours = False
    fields = _stat(process) if ours else []
    return int(fields[_BEGAN]) if len(fields) > _BEGAN else 0


def _stat(process: int) -> list[str]:
    try:
        text = Path(f"/proc/{process}/stat").read_text(encoding="utf-8", errors="replace")
    except OSError:
        return []
    return text.rpartition(")")[2].split()

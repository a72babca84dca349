"""What stands in for `python` in flows: it has the fork server run the command, as if it were it.

warm.start writes it to a file of that name, with its place and Python filled in. Streams, folder
and environment go to the server; signals are passed on; the exit status, or the signal that ended
the child, is the end of this process, too. What the server cannot do, PYTHON does. Only small
modules are imported (not pathlib), for it is to start in milliseconds.
"""
# ruff: noqa: PTH100, PTH109, PTH110, PTH113, PTH208

import json
import os
import signal
import socket
import struct
import sys

SOCKET, PYTHON = "<socket>", "<python>"
PASSED_ON = (signal.SIGINT, signal.SIGTERM, signal.SIGHUP, signal.SIGQUIT)


def can_fork(arguments):
    """Whether it is a script, a module or a command, with no option but -W."""
    words = list(arguments)
    while words[:1] == ["-W"]:
        del words[:2]
    if not words:
        return False
    if words[0] in ("-m", "-c"):
        return len(words) > 1
    return words[0].endswith(".py") and not words[0].startswith("-") and os.path.isfile(words[0])


def inherited(own):
    """Numbers of the open files that this process was given: standard streams, and pipes."""
    listed = [int(name) for name in os.listdir("/proc/self/fd")]
    return [n for n in listed if n != own and os.path.exists(f"/proc/self/fd/{n}")]


def main(arguments):
    server = socket.socket(socket.AF_UNIX)
    try:
        if not can_fork(arguments):
            raise OSError
        server.connect(SOCKET)
    except OSError:
        os.execv(PYTHON, [PYTHON, *arguments])
    request = {
        "arguments": arguments,
        "executable": os.path.abspath(__file__),
        "folder": os.getcwd(),
        "environment": dict(os.environ),
        "group": os.getpgrp(),
        "streams": (streams := inherited(server.fileno())),
    }
    text = json.dumps(request).encode()
    socket.send_fds(server, [struct.pack("!I", len(text))], streams)
    server.sendall(text)
    for number in PASSED_ON:
        signal.signal(number, lambda number, frame: server.send(bytes([number])))
    answer = server.recv(4)
    if len(answer) < 4:
        sys.exit("the fork server is gone")
    (status,) = struct.unpack("!i", answer)
    if status < 0:
        if -status != signal.SIGKILL:
            signal.signal(-status, signal.SIG_DFL)
        os.kill(os.getpid(), -status)
    os._exit(status)


main(sys.argv[1:])

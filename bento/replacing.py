"""A killed worker is replaced soon; one whose main process is killed ends, too: see `ending`.

`bentoml serve` is a process that starts the worker, which answers, and looks from time to time
whether it lives. BentoML looks every ten seconds, and has no setting for that; its library for
processes, circus, has one, in the object that does the looking.
"""

import os

from bento.ending import MAIN

LOOK = 0.25
"""Seconds between two looks."""


def look_often() -> None:
    """In the process that starts workers, before it does: look every LOOK seconds."""
    os.environ[MAIN] = str(os.getpid())
    from circus.controller import Controller

    class Attentive(Controller):
        def start(self) -> None:
            self.check_delay = 1000 * LOOK
            super().start()

    import circus.arbiter

    circus.arbiter.Controller = Attentive

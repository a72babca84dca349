"""What every stage does around its work: say how it ended, here and in its record.

The record (`build/outcomes`) is no output of the stage: it is for `thermocline summary`.
"""

import gc
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

gc.disable()  # until `collect_seldom`: imports leave little garbage; looking for it takes long

from thermocline.config import Config  # noqa: E402
from thermocline.errors import BadFile, in_words  # noqa: E402
from thermocline.files import read_object  # noqa: E402
from thermocline.pipeline.edited import warn_once  # noqa: E402
from thermocline.pipeline.outcome import recorded  # noqa: E402
from thermocline.pipeline.outside import check_stage  # noqa: E402
from thermocline.systems import names  # noqa: E402
from thermocline.systems.config import load_config  # noqa: E402
from thermocline.systems.paths import TUNING  # noqa: E402

SELDOM = (700, 10, 100)
"""When garbage is looked for (`gc.set_threshold`): among the oldest objects a tenth as often as is
usual, as most were imported within `run`; going through them took 4 to 9 % of an evaluation."""


def collect_seldom() -> None:
    """Look for garbage from now on; see `SELDOM`."""
    gc.freeze()
    gc.set_threshold(*SELDOM)
    gc.enable()


def run(main: Callable[[], None]) -> None:
    """Call `main`; what a user can mend ends the process with a message instead of a traceback.

    That is a ThermoclineError, a file that the machine refuses, and what the registry's database
    refuses (`errors.in_words`).
    """
    collect_seldom()
    try:
        with recorded(stage_name(sys.argv)):
            warn_once(stage_name(sys.argv))
            stage, _, system = stage_name(sys.argv).partition("@")
            check_stage(stage, system)
            main()
    except Exception as problem:
        sys.exit(f"error: {in_words(problem)}")


def stage_name(arguments: list[str]) -> str:
    """DVC's name of what a command line runs: `train.py SYSTEM` is train@SYSTEM."""
    script, *rest = arguments
    given = [argument for argument in rest if not argument.startswith("-")]
    systems = [argument for argument in given if argument in names()] or given
    return "@".join([Path(script).stem.replace("_", "-"), *systems[:1]])


def winner(system: str) -> dict[str, Any]:
    """The best trial of the system's study, as the tune stage wrote it down.

    Raises:
        BadFile: if it did not.
    """
    path = TUNING / f"{system}.json"
    found = read_object(path)
    if not found:
        raise BadFile(
            "no study of the settings here", where=str(path), fix=f"run `dvc repro tune@{system}`"
        )
    return found


def tuned_config(system: str) -> Config:
    """params.yaml, with a trial's settings if the study showed it better."""
    return load_config(overrides=winner(system)["overrides"])

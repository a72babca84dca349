"""Run as a script: one worker at a study that costs next to nothing.

    cheap_worker.py ADDRESS TARGET LOG [HANG]

Writes a line to LOG as each attempt begins and ends. In attempt number HANG it reports a rung and
then does nothing more, so that it can be killed there.
"""

import sys
import time
from collections.abc import Mapping
from pathlib import Path

from thermocline.systems.config import load_config
from thermocline.tuning.storage import Heart
from thermocline.tuning.sweep import run_sweep
from thermocline.tuning.trial import Attempt

SPACE = {
    "training.learning_rate": {"real": [1e-3, 3e-3], "log": True},
    "sampling.strength": {"real": [0.3, 1.5]},
}
"""What the score depends on, and no more: every setting costs a trial several queries."""


class Sleeper:
    """Scores by formula after a short sleep; hangs when told to."""

    def __init__(self, log: Path, hang: int):
        self.log, self.hang, self.calls = log, hang, 0

    def say(self, *words: object) -> None:
        with self.log.open("a") as stream:
            stream.write(" ".join(str(word) for word in words) + "\n")

    def __call__(self, attempt: Attempt) -> Mapping[str, float]:
        self.calls += 1
        settings = attempt.config.reconstruct
        value = abs(settings.training.learning_rate - 1e-3) + settings.sampling.strength
        trial = attempt.checkpoints.name  # the number it was first begun under
        self.say("begin", trial, *sorted(attempt.judged))
        if 10 not in attempt.judged:
            attempt.judge(10, value)
        if self.calls == self.hang:
            self.say("hang", trial)
            time.sleep(600)
        time.sleep(0.2)
        self.say("end", trial)
        return {"validation_crps": value, "gated_crps": value, "gflop_per_member": 1.0}


def main() -> None:
    address, target, log, *hang = sys.argv[1:]
    examiner = Sleeper(Path(log), int(hang[0]) if hang else 0)
    own = {"pruner": "none", "space": SPACE}
    config = load_config(overrides={f"reconstruct.tune.{k}": v for k, v in own.items()})
    # On a busy machine a worker at work can be silent for some seconds, and is not to be taken for
    # killed: then two would do its trial.
    heart = Heart(beat=1, grace=15)
    run_sweep(config, "reconstruct", address, int(target), 90, heart=heart, judge=examiner)


if __name__ == "__main__":
    main()

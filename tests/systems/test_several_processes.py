"""Two processes train as one does; one is killed, and both go on to the bit."""

import json
import os
import signal
import subprocess
import sys
from pathlib import Path

import lightning as L
import pytest
import torch
from test_training import Mirror, network

from shares import check_shares
from thermocline.config import TrainingConfig
from thermocline.errors import BadConfig
from thermocline.training.share import check_divisible

HERE = Path(__file__)
CONFIG = TrainingConfig(steps=50, batch=4, checkpoint_every=10, validate_every=1, ema=0.9)


def train(python, folder, killed_at=0):
    """Exit status, and metrics by step, of this file run by two processes of `python`."""
    start = [python, "-m", "torch.distributed.run", "--standalone", "--nproc-per-node", "2"]
    command = [*start, "--no-python", python, str(HERE), str(folder), str(killed_at)]
    paths = os.pathsep.join([str(HERE.parent), str(HERE.parent.parent), *sys.path])
    environment = os.environ | {"PYTHONPATH": paths, "OMP_NUM_THREADS": "1"}
    done = subprocess.run(command, env=environment, capture_output=True, text=True, timeout=240)
    found = Path(folder) / "history.json"
    return done, json.loads(found.read_text()) if found.is_file() else None


@pytest.fixture(scope="module")
def one(tmp_path_factory):
    folder = tmp_path_factory.mktemp("one")
    main(folder, 0)
    return json.loads((folder / "history.json").read_text())


@pytest.mark.slow
def test_two_processes_have_the_losses_of_one_and_go_on_to_the_bit(one, tmp_path, warm_python):
    done, two = train(warm_python, tmp_path / "whole")
    assert done.returncode == 0, done.stderr
    assert len(one["losses"]) == 50
    torch.testing.assert_close(two["losses"], one["losses"], rtol=1e-5, atol=1e-6)
    assert two["ranks"] == [0, 1, 0, 1]

    done, nothing = train(warm_python, tmp_path / "cut", killed_at=25)
    assert done.returncode != 0 and "exitcode  : -9" in done.stderr and nothing is None
    checkpoint = torch.load(tmp_path / "cut/last.ckpt", weights_only=True)
    assert checkpoint["global_step"] == 20
    done, resumed = train(warm_python, tmp_path / "cut")
    assert done.returncode == 0, done.stderr
    assert resumed == two


def test_shares_of_the_reference_are_the_whole():
    check_shares(Mirror(), network())


def test_a_batch_that_cannot_be_shared_is_refused():
    with pytest.raises(BadConfig, match="a batch of 6 does not divide into 4 equal shares"):
        check_divisible(6, 4)


def main(folder, killed_at):
    from thermocline.training.fit import fit
    from thermocline.training.share import gathered, is_first

    class Watched(Mirror):
        ranks = None

        def draw(self, generator, share):
            return super().draw(generator, share), share.part(torch.arange(4)), share

        def loss(self, network, drawn):
            x, of, share = drawn
            self.ranks = gathered(of % 2, share).tolist()
            return super().loss(network, x)

    class Killing(L.Callback):
        def on_train_batch_end(self, trainer, *_):
            if trainer.global_step == killed_at and trainer.global_rank == 1:
                os.kill(os.getpid(), signal.SIGKILL)

    objective = Watched()
    fitted = fit(network(), objective, CONFIG, 7, folder, lambda *_: None, "cpu", [Killing()])
    if is_first():
        losses = [metrics["train_loss"] for _, metrics in fitted.history]
        weights = [value.tolist() for value in (*fitted.raw.values(), *fitted.ema.values())]
        content = {"losses": losses, "weights": weights, "ranks": objective.ranks}
        (folder / "history.json").write_text(json.dumps(content))


if __name__ == "__main__":
    main(Path(sys.argv[1]), int(sys.argv[2]))

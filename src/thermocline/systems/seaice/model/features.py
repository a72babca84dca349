"""What a state is judged by: the latent of an autoencoder that no model has seen.

It is trained for itself, on the training states, with a plain Gaussian and another seed. A state's
features are the mean and the deviation over the map of each channel of the latent.
"""

from pathlib import Path

import numpy as np
import torch
from numpy.typing import NDArray
from safetensors.torch import save_file

from thermocline.errors import BadFile
from thermocline.files import atomic_path
from thermocline.networks.autoencoder import Autoencoder
from thermocline.systems.seaice.data.raw import ICE
from thermocline.systems.seaice.model.scaling import KNOWN, Scaling
from thermocline.training.weights import FIX, read_weights

FILE = "features.safetensors"
BETA = 1e-2
"""Weight of the prior of its latent."""
SEED = 17
"""Added to the run's: these weights are of no model."""


class Features:
    """Feature vectors of states, by a trained autoencoder."""

    def __init__(self, network: Autoencoder, scaling: Scaling):
        self.network, self.scaling = network, scaling

    def __call__(self, states: NDArray) -> NDArray[np.float64]:
        """[N, F] of states [N, 5, H, W] in physical units."""
        found = []
        with torch.inference_mode():
            for part in torch.from_numpy(np.asarray(states, np.float32)).split(64):
                latent = self.network.encode(self.scaling.scale(part))[0]
                found.append(torch.cat([latent.mean(dim=(2, 3)), latent.std(dim=(2, 3))], dim=1))
        return torch.cat(found).double().numpy()

    def save(self, path: Path) -> None:
        """Write weights and statistics, whole or not at all."""
        stored = {f"network.{k}": v for k, v in self.network.state_dict().items()}
        stored |= {f"scaling.{k}": v for k, v in self.scaling.state_dict().items()}
        with atomic_path(path) as temporary:
            save_file({k: v.contiguous() for k, v in stored.items()}, temporary)

    @classmethod
    def load(cls, path: Path) -> "Features":
        """Read what `save` wrote; raises BadFile for anything else."""
        stored = read_weights(path)
        part = lambda kind: {
            k.removeprefix(f"{kind}."): v for k, v in stored.items() if k.startswith(f"{kind}.")
        }
        try:
            rows, columns = part("scaling")["ocean"].shape
            scaling = Scaling((rows, columns))
            scaling.load_state_dict(part("scaling"))
            network = _network(scaling)
            network.load_state_dict(part("network"))
        except (KeyError, RuntimeError, ValueError) as problem:
            raise BadFile(f"no features: {problem}", where=str(path), fix=FIX) from problem
        network.eval().requires_grad_(False)
        return cls(network, scaling)


def new_features(scaling: Scaling, seed: int) -> Features:
    """Untrained ones; `seed` is the run's."""
    with torch.random.fork_rng(devices=[]):
        torch.manual_seed(seed + SEED)
        return Features(_network(scaling), scaling)


def _network(scaling: Scaling) -> Autoencoder:
    network = Autoencoder(len(ICE), scaling.known, latent=16, width=12, multipliers=(2, 3, 4))
    assert len(scaling.known) == KNOWN
    return network

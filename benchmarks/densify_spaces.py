"""`densify` in pixel and in latent space, each trained here for the same time of the processor.

    pixel    as in params.yaml
    latent   the same with an autoencoder of columns before it (`presets.LATENT`)

Prints how many numbers of a column are kept and which share of the variance of validation states
that loses; what one answer's network evaluations take on one thread; and a table of RMSE and CRPS
over the standard deviation of the withheld truth. The autoencoder's own training comes on top; the
seconds printed hold it. Needs the prepared data and the tuned methods:
`dvc repro baselines@densify` before.

    python -m benchmarks.densify_spaces [--minutes 4] [--cases 2] [--members 8]
"""

import argparse
import time
from collections.abc import Sequence
from itertools import islice

import numpy as np
import torch
from benchmarks.densify_published import Board, model_of

from thermocline.ocean.case import Case
from thermocline.ocean.problem import Method
from thermocline.systems.config import load_config
from thermocline.systems.densify.baselines.leave_member_out import LeaveMemberOut
from thermocline.systems.densify.baselines.stored import classical_methods
from thermocline.systems.densify.config import settings
from thermocline.systems.densify.data.cases import COLUMNS, cases
from thermocline.systems.densify.data.waters import Waters
from thermocline.systems.densify.model.coding import Coding
from thermocline.systems.densify.model.conditioning import batched, describe
from thermocline.systems.densify.model.method import Densifier
from thermocline.systems.densify.model.pairs import pairs_of
from thermocline.systems.densify.model.sampling import draw_members
from thermocline.systems.densify.presets import LATENT
from thermocline.systems.paths import StagePaths
from thermocline.verify.board.text import markdown_table

TIMES = 5
"""How often an answer is timed, each of them by turns."""
SPACES = {"pixel": {}, "latent": LATENT}


def main() -> None:
    """Train, score, and print the tables."""
    parser = argparse.ArgumentParser(description=(__doc__ or "").splitlines()[0])
    parser.add_argument("--minutes", type=float, default=4, help="training of each")
    parser.add_argument("--cases", type=int, default=2, help="states of each region")
    parser.add_argument("--members", type=int, default=8)
    given = parser.parse_args()
    torch.set_num_threads(1)
    config = load_config()
    paths = StagePaths("densify", config)
    store, classical = Waters.open(paths.store), classical_methods(paths.baselines)
    methods: dict[str, Method] = {each.name: each for each in classical}
    regions = methods["climatology"].regions  # type: ignore[attr-defined]
    board = Board(config, store, regions, given.cases, given.members)
    board.add("their start: regression and OI", methods["ridge_oi"])
    models = {name: model_of(made, given.minutes, calibrated=True) for name, made in SPACES.items()}
    for name, model in models.items():
        board.add(name, model)
    board.print()
    densities = settings(config).evaluate.densities
    every = cases(config, store, "test", board.climates, [(COLUMNS, densities[1])], given.cases)
    print(costs(models, list(islice(every, TIMES)), given.members))
    coder = models["latent"].prior.coder
    assert coder is not None
    checks = pairs_of(config, store, LeaveMemberOut(paths.baselines), "validation")
    lost = Coding(checks, checks, 1).validate(coder)["variance_lost"]
    whole, kept = len(models["latent"].channels), coder.latent
    print(f"{kept} numbers for {whole} lose {lost:.1%} of the variance that the start leaves")


def costs(models: dict[str, Densifier], every: Sequence[Case], members: int) -> str:
    """What the networks of each are, and seconds that an answer's evaluations take, as a table."""
    seconds: dict[str, list[float]] = {name: [] for name in models}
    for case in every:
        for name, model in models.items():
            seconds[name].append(evaluated(model, case, members))
    rows = []
    for name, model in models.items():
        coder = model.prior.coder
        kept = len(model.channels) if coder is None else coder.latent
        weights = sum(each.numel() for each in model.network.parameters()) / 1e6
        took = float(np.median(seconds[name]))
        faster = np.median(np.divide(seconds["pixel"], seconds[name]))
        rows.append([name, str(kept), f"{weights:.2f}", f"{took:.3f}", f"{faster:.2f}"])
    heads = ["space", "numbers of a column", "million weights", "s an answer", "× as fast"]
    return "\n".join(markdown_table(heads, rows))


def evaluated(model: Densifier, case: Case, members: int) -> float:
    """Seconds of all network evaluations of an answer, what it starts from apart."""
    problem = case.problem
    begun = model.start.analyse(problem, members, 0)
    (region,) = (r for name, r in model.regions.items() if problem.case.startswith(f"{name}/"))
    device = next(model.network.parameters()).device
    given = batched([describe(problem, region, begun)]).float().on(device)
    origin = np.zeros((members, *given.first_guess.shape[1:]), np.float32)
    start = time.process_time()
    with torch.no_grad():
        model.prior.answer(given)
    draw_members(model.prior, given, model.settings.sampling, range(members), 0, origin)
    return time.process_time() - start


if __name__ == "__main__":
    main()

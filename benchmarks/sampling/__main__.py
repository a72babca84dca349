"""Error against network evaluations, for every sampler × guidance pair there is.

    python -m benchmarks.sampling [closed-form] [told] [untold] [seconds]

`closed-form` needs nothing; the others need `make demo` to have been run. Each writes its numbers
to a file of its own, from which the figure is drawn. Evaluations are forward and backward passes of
the network together, a member; `told` takes one more, once a case, for the best guess.
"""

import argparse
from collections.abc import Sequence
from itertools import product
from pathlib import Path
from typing import TYPE_CHECKING

from benchmarks.sampling.closed_form import ClosedForm
from benchmarks.sampling.figure import draw
from benchmarks.sampling.pairs import Score, all_pairs, measure, remembered, show, write_json
from rich.progress import track

from thermocline.diffusion.samplers import SAMPLERS

if TYPE_CHECKING:
    from benchmarks.sampling.trained import Trained

PARTS = ("closed-form", "untold", "told", "seconds")
EARLY = tuple(product(("heun", "euler", "ddpm", "dpm_solver"), ("none", "mmps")))


def main() -> None:
    """Measure the parts asked for, print them, and draw what has been measured."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("parts", nargs="*", metavar="|".join(PARTS), help="all by default")
    parser.add_argument("--budgets", type=int, nargs="+", default=[1, 2, 4, 8, 16, 32])
    parser.add_argument("--months", type=int, default=1, help="held-out months")
    parser.add_argument("--members", type=int, default=8)
    parser.add_argument("--prior", type=Path, help="a model whose network is shown nothing")
    parser.add_argument("--prior-steps", type=int, default=300, help="or train one for so long")
    parser.add_argument("--output", type=Path, default=Path("build/benchmarks/sampling"))
    given = parser.parse_args()
    unknown = set(given.parts) - set(PARTS)
    if unknown:
        parser.error(f"unknown part {', '.join(unknown)}: choose from {', '.join(PARTS)}")
    given.output.mkdir(parents=True, exist_ok=True)
    for part in given.parts or PARTS:
        RUN[part](given)
    draw(given.output)


def closed_form(given: argparse.Namespace) -> None:
    """The Gaussian prior."""
    world = ClosedForm(max(given.budgets))
    report(given, "closed-form", tuple(SAMPLERS), world.score, ("mean", "covariance"), {})


def untold(given: argparse.Namespace) -> None:
    """The prior that is told nothing."""
    from benchmarks.sampling import trained

    settings = given.prior, given.prior_steps, given.output
    prior = trained.untold(given.months, given.members, *settings)
    report_trained(given, "untold", prior)


def told(given: argparse.Namespace) -> None:
    """The demo's model."""
    from benchmarks.sampling import trained

    model, known = trained.told(given.months, given.members)
    report_trained(given, "told", model, known)


def seconds(given: argparse.Namespace) -> None:
    """A reconstruction of 16 members."""
    import torch
    from benchmarks.sampling import trained

    threads = torch.get_num_threads()
    for density, (wall, processor) in trained.seconds().items():
        print(
            f"16 members at {density:.1%} of columns: {wall:.1f} s on {threads} threads, "
            f"{processor:.1f} s of processor time"
        )


def report_trained(
    given: argparse.Namespace,
    part: str,
    prior: "Trained",
    known: dict[str, dict[str, float]] | None = None,
) -> None:
    """`report`, but a run that was cut off goes on where it was."""
    from benchmarks.sampling.trained import SAMPLERS

    settings = f"{given.months}-{given.members}-{prior.key}"
    partial = given.output / f"{part}-{settings}.partial.json"
    score = remembered(prior.score, partial)
    report(given, part, SAMPLERS, score, ("rmse", "crps"), known or {})
    partial.unlink()


def report(
    given: argparse.Namespace,
    part: str,
    samplers: Sequence[str],
    score: Score,
    errors: tuple[str, str],
    known: dict[str, dict[str, float]],
) -> None:
    """Measure all pairs of a part, print them, and write them down."""
    results = measure(track(all_pairs(samplers, EARLY), part), given.budgets, score)
    show(f"{part}: {errors[0]} · {errors[1]}", results, given.budgets, errors)
    for name, values in known.items():
        print(f"{name}: " + ", ".join(f"{error} {value:.3f}" for error, value in values.items()))
    content = {"errors": errors, "known": known, "results": [each.plain() for each in results]}
    write_json(given.output / f"{part}.json", content)


RUN = {"closed-form": closed_form, "untold": untold, "told": told, "seconds": seconds}

if __name__ == "__main__":
    main()

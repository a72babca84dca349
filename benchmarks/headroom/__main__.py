"""How much there is to gain: how far from Gaussian, and from its library's climate, the ocean is.

    python -m benchmarks.headroom [moments] [truth] [member] [--months 8]

Run `make demo` first. The tuned ensemble OI maps the same columns, seen with the same errors, of
several oceans, for two subjects: the truth, and members that are left out of the library.

How to read it. The mean squared error of a linear method depends on the mean and the covariance of
the ocean alone: on a *Gaussian twin*, which has the covariance of the fields and nothing else, the
ensemble OI must err as on the fields with their own mean removed, however un-Gaussian those are.
So its errors tell of wrong climates, not of non-Gaussianity:

- `N(0, B)`: draws of its own localised covariance. Here it is optimal, and its stated error true.
- `N(0, B) not localised`: draws of the library's sample covariance, distant ties and all.
- `N(0, B own)`: draws of the subject's own localised covariance, mapped with the library's, and
  with the very covariance they come from: the first error less the second is the price of a
  wrong covariance, and the second what a perfect Gaussian method would have anyway.
- real fields less own mean removed: the price of a wrong mean.
- rest: how much harder the centred fields are than draws of N(0, B own).

A member's own mean and covariance are those of its training years, other years than its cases. Of
the truth there are its sixty test months alone, whose few modes are easier to map than an ocean's:
there the floor is too low and the price of a wrong covariance too high.

What is not Gaussian shows where a method that is not linear gains more on the fields (own mean
removed) than on their Gaussian twin: the trained model's ratio of RMSE to the ensemble OI's is
printed for both, and for N(0, B), where nothing can be gained. The marginal moments by depth say
how un-Gaussian single cells are; they are no bound on what could be gained jointly.
"""

import argparse
import json
from dataclasses import asdict
from pathlib import Path

import numpy as np
from benchmarks.headroom.marginals import Marginal, marginals
from benchmarks.headroom.worlds import Errors, measure, shares
from rich.console import Console
from rich.progress import track
from rich.table import Table

from thermocline.files import atomic_path
from thermocline.systems.config import load_config
from thermocline.systems.reconstruct.baselines.leave_out import LeaveMemberOut
from thermocline.systems.reconstruct.data.cases import EvaluationSet
from thermocline.systems.reconstruct.data.states import States
from thermocline.systems.reconstruct.model.method import Reconstructor
from thermocline.verify.significance.bootstrap import interval, paired, root_mean

PARTS = ("moments", "truth", "member")
console = Console(width=130)


def main() -> None:
    """Measure, print, and write the numbers down."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("parts", nargs="*", metavar="|".join(PARTS), help="all by default")
    parser.add_argument("--months", type=int, default=8, help="of each subject")
    parser.add_argument("--densities", type=float, nargs="+", default=[0.005, 0.02, 0.075])
    parser.add_argument("--output", type=Path, default=Path("build/benchmarks/headroom"))
    given = parser.parse_args()
    months = {
        "reconstruct.evaluate.months": given.months,
        "reconstruct.evaluate.validation_months": given.months,
    }
    config = load_config(overrides=months)
    store = States.open(config.data.prepared / "reconstruct.nc")
    model = Reconstructor.load("build/models/reconstruct")
    unknown = set(given.parts) - set(PARTS)
    if unknown:
        parser.error(f"unknown part {', '.join(unknown)}: choose from {', '.join(PARTS)}")
    given.output.mkdir(parents=True, exist_ok=True)

    def keep(name: str, content: object) -> None:
        with atomic_path(given.output / f"{name}.json") as temporary:
            temporary.write_text(json.dumps(content, indent=1), encoding="utf-8")

    parts = given.parts or PARTS
    if "moments" in parts:
        keep("moments", moments(store, config.seed))
    for subject, split, ensemble in (
        ("truth", "test", lambda name: model.ensemble),
        ("member", "validation", LeaveMemberOut(store, model.ensemble)),
    ):
        if subject not in parts:
            continue
        book = EvaluationSet(store, config, split)
        for density in given.densities:
            label = f"{subject}, {density:.1%} of columns"
            cases = track(list(book.columns(density)), label)
            errors = measure(cases, store, ensemble, model, config.seed)
            report(label, errors)
            keep(f"{subject}-{density:g}", asdict(errors))


def report(label: str, errors: Errors) -> None:
    """Print errors by world, and the parts of the error on the real fields."""
    table = Table(title=f"{label}: RMSE (°C)", title_justify="left")
    for name in ("ocean", "ensemble OI", "Thermocline", "ratio"):
        table.add_column(name, justify="left" if name == "ocean" else "right")
    for world, squared in errors.ensemble.items():
        learned = errors.model.get(world)
        table.add_row(
            world,
            rooted(squared),
            rooted(learned) if learned else "",
            bracketed(paired(learned, squared, np.divide, root_mean)) if learned else "",
        )
    table.add_row("stated by the ensemble OI", rooted(errors.stated), "", "")
    console.print(table)
    parts = shares(errors)
    total = sum(part for _, part in parts)
    line = ", ".join(f"{name} {part:.4f} ({part / total:+.0%})" for name, part in parts)
    console.print(f"Mean squared error {total:.4f} °C² = {line}\n")


def rooted(squared: list[float]) -> str:
    """RMSE with its interval over cases."""
    found = interval(squared, root_mean)
    return bracketed(found) if found else f"{np.sqrt(np.mean(squared)):.3f}"


def bracketed(found) -> str:
    """Such as `0.401 [0.390, 0.412]`; empty if there are too few cases."""
    return f"{found.estimate:.3f} [{found.low:.3f}, {found.high:.3f}]" if found else ""


def moments(store: States, seed: int) -> list[list[str]]:
    """Print the marginal moments by depth: of the members on average, and of the truth."""
    rng = np.random.default_rng(seed)
    area, ocean = np.asarray(store.grid.cell_area()), store.statistics.ocean
    found: dict[str, list[dict[str, Marginal]]] = {"members": [], "truth": []}
    for subject, split in (("members", "train"), ("truth", "test")):
        states, _, names = store.states(split)
        member = np.array([name.split("/")[0] for name in names])
        for one in track(np.unique(member), f"moments of {subject}"):
            found[subject].append(marginals(states[member == one], area, ocean, rng))
    table = Table(title="Moments of normalised anomalies, cell by cell", title_justify="left")
    for column in ("moment", "depth (m)", "members", "if Gaussian", "truth", "if Gaussian"):
        table.add_column(column, justify="right")
    rows = []
    for moment in ("skewness", "kurtosis"):
        for level, depth in enumerate(store.depth):
            row = [moment, f"{depth:.0f}"]
            for each in found.values():
                estimate, half, gaussian = (
                    np.mean([vars(one[moment])[part][level] for one in each])
                    for part in ("estimate", "half", "gaussian")
                )
                row += [f"{estimate:+.2f} ± {half:.2f}", f"{gaussian:+.2f}"]
            table.add_row(*row)
            rows.append(row)
    console.print(table)
    return rows


if __name__ == "__main__":
    main()

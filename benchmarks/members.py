"""Members of `superres` models that look like the sea: as they are, and with less done to them.

    python -m benchmarks.members [MODEL …]

Run `make demo` first; without a MODEL (a folder of a trained one, such as `benchmarks/presets.py`
keeps) that of the demo is taken. Scored on the demo's test days: each model as it is; without
intermittency; with its texture alone; and with members whose departures from the mean are all
multiplied by one number, which makes their spread that of the error on validation days. Power, and
the size of the gradient at its 10, 50, 90 and 99 % quantiles, are a member's over the truth's.
Apart: how often a small network tells squares of the members, and of their mean, from the truth's,
on days that it did not learn from; 0.5 is chance (`told_apart`).
"""

import argparse
from dataclasses import replace
from pathlib import Path

import numpy as np
from benchmarks.told_apart import accuracy
from rich.console import Console
from rich.progress import track
from rich.table import Table

from thermocline.ocean.downscaling import Pair
from thermocline.systems.config import load_config
from thermocline.systems.paths import StagePaths
from thermocline.systems.superres.data.pairs import Pairs
from thermocline.systems.superres.evaluation.board import score_methods
from thermocline.systems.superres.model.details import Details
from thermocline.systems.superres.model.method import Superresolver
from thermocline.systems.superres.model.texture import Texture
from thermocline.verify.board.tables import ratio_text
from thermocline.verify.significance.bootstrap import Verdict

SCORES = ("crps", "energy", "variogram")


def steady(model: Superresolver) -> Superresolver:
    """The model whose members' details are as strong in one place as in another."""
    config = model.contract.config
    sampling = config.sampling.model_copy(update={"intermittency": 0.0})
    config = config.model_copy(update={"sampling": sampling})
    return replace(model, contract=model.contract.model_copy(update={"config": config}))


def textured(model: Superresolver) -> Superresolver:
    """The model whose members have their texture, and details as they come."""
    gate = model.contract.gate.model_copy(update={"details": Details()})
    return steady(model).calibrated(gate)


def even(model: Superresolver, validation: list[Pair]) -> Superresolver:
    """The model whose members' spread is multiplied by one number everywhere."""
    gate = model.contract.gate.model_copy(update={"texture": Texture(), "details": Details()})
    plain = steady(model).calibrated(gate)
    error, variance = 0.0, 0.0
    for seed, (problem, truth) in enumerate(track(validation, "One spread")):
        answer = plain.analyse(problem, model.contract.config.sampling.members, seed)
        assert answer.members is not None
        sea, count = problem.ocean, len(answer.members)
        error += float(((truth - answer.mean[0])[sea] ** 2).sum())
        variance += (1 + 1 / count) * float(answer.members.var(axis=0, ddof=1)[0][sea].sum())
    spread = tuple(np.sqrt(error / variance) * s for s in gate.spread)
    return plain.calibrated(gate.model_copy(update={"spread": spread}))


def main() -> None:
    """Print a table of four rows a model, and ratios of its scores to those of one spread."""
    parser = argparse.ArgumentParser(description=(__doc__ or "").splitlines()[0])
    parser.add_argument("models", nargs="*", type=Path, metavar="MODEL")
    asked = parser.parse_args().models
    config = load_config()
    built = StagePaths("superres", config)
    store = Pairs.open(built.store)
    validation, test = (list(store.pairs(split)) for split in ("validation", "test"))
    table = Table("members", "RMSE", *SCORES, "spread/skill", "octaves", "gradients", "apart")
    ratios = Table("over one spread", *SCORES)
    for path in asked or [built.model]:
        model = Superresolver.load(path)
        made = {
            "as it is": model,
            "no intermittency": steady(model),
            "texture alone": textured(model),
            "one spread": even(model, validation),
        }
        methods = [replace(each, name=name) for name, each in made.items()]
        board = score_methods(methods, test, config, lambda each, label: track(each, label)).board
        for row in board.rows:
            method = next(each for each in methods if each.name == row.method)
            scores = row.rmse, row.crps, row.extra["energy"], row.extra["variogram"]
            member = row.extra["share_of_power"]["member"]["octaves"]
            slopes = row.extra["gradient_quantiles"]["member"]
            told = (*(f"{score:.4f}" for score in scores), f"{row.spread_skill:.2f}")
            apart = ", ".join(f"{each:.3f}" for each in told_apart(method, test))
            table.add_row(f"{path}, {row.method}", *told, _told(member), _told(slopes), apart)
        for name in list(made)[:-1]:
            (found,) = board.ratios(name, "one spread")
            verdicts = (_ratio(found.verdicts.get(score)) for score in SCORES)
            ratios.add_row(f"{path}, {name}", *verdicts)
    Console(width=150).print(table, ratios)


def told_apart(model: Superresolver, test: list[Pair]) -> tuple[float, float]:
    """How often members of the test days, and their mean, are told from the truth; `accuracy`."""
    count = model.contract.config.sampling.members
    sea = lambda problem, field: np.where(problem.ocean, field, np.nan)
    truth, members, means = [], [], []
    for seed, (problem, field) in enumerate(track(test, "Told apart")):
        answer = model.analyse(problem, count, seed)
        assert answer.members is not None
        truth.append(sea(problem, field))
        members.append(sea(problem, answer.members[:, 0]))
        means.append(sea(problem, answer.mean))
    return accuracy(truth, members), accuracy(truth, means)


def _told(values: list[float]) -> str:
    return ", ".join(f"{value:.2f}" for value in values)


def _ratio(verdict: Verdict | None) -> str:
    return ratio_text(verdict, lambda text: f"[bold]{text}[/]")


if __name__ == "__main__":
    main()

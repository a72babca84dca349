"""The smallest system: a Gaussian field whose posterior has a closed form.

x ~ N(15, B) °C on 6 × 12 cells, B = exp(−distance/12°); a fifth of the cells observed, y = x + n,
n ~ N(0, 0.1²). The network is a regression of x on what was observed; `exact` is Bayes' rule.
"""

from dataclasses import dataclass

import numpy as np
import torch
from torch import nn

from thermocline.answers.dataset import dataset_of, describe, lines
from thermocline.answers.request import Request
from thermocline.config import EvaluateConfig, SystemSection, TrainingConfig
from thermocline.ocean.case import Case
from thermocline.ocean.latlon import LatLonGrid
from thermocline.ocean.operators import Cells
from thermocline.ocean.problem import Analysis, Channel, Observed, Problem
from thermocline.ocean.variables import VARIABLES
from thermocline.prepare.sample import Group, Layout, Sample
from thermocline.systems.composed import Composed
from thermocline.systems.endpoint import Endpoint
from thermocline.systems.network_model import NetworkModel
from thermocline.training.share import WHOLE
from thermocline.verify.board.presentation import Presentation

GRID = LatLonGrid(np.linspace(-25, 25, 6), np.linspace(-55, 55, 12))
SST, MEAN, ERROR, N, SHAPE = VARIABLES["tos"], 15.0, 0.1, 72, (1, 6, 12)
LAT, LON = (axis.ravel() for axis in GRID.centres())
B = np.exp(-np.hypot(LAT[:, None] - LAT, LON[:, None] - LON) / 12)


def problem(cells, y, case=""):
    seen = Observed(Cells(SHAPE, np.asarray(cells)), np.asarray(y), np.full(len(y), ERROR))
    time = np.datetime64("2000-01", "M")
    return Problem(GRID, (Channel(SST),), np.ones(SHAPE, bool), time, (seen,), {}, case)


@dataclass
class Exact:
    name: str
    blind: bool = False

    def analyse(self, problem, members, seed):
        cells, y = problem.observations[0].operator.index, problem.observations[0].y
        gain = B[:, cells] @ np.linalg.inv(B[np.ix_(cells, cells)] + ERROR**2 * np.eye(len(y)))
        gain = gain * (not self.blind)
        mean = MEAN + gain @ (y - MEAN)
        return Analysis(mean.reshape(SHAPE), np.sqrt(np.diag(B - gain @ B[cells])).reshape(SHAPE))


class ToyModel(NetworkModel):
    def analyse(self, problem, members, seed):
        seen = problem.observations[0]
        told = [seen.operator.adjoint(v).ravel() for v in (seen.y - MEAN, np.ones(len(seen.y)))]
        with torch.no_grad():
            mean = MEAN + self.network(torch.tensor(np.concatenate(told)).float()[None])[0].numpy()
        spread = self.contract.calibration.get("spread", 1.0)
        noise = np.random.default_rng(seed).standard_normal((members, N)) @ np.linalg.cholesky(B).T
        fields = (mean + spread * noise).reshape(-1, *SHAPE) if members else None
        return Analysis(mean.reshape(SHAPE), np.full(SHAPE, spread), fields, evaluations=1)


class Regression:
    """An `Objective`: squared errors of the field, other cells observed at each step."""

    def __init__(self, states):
        self.states = torch.from_numpy(states - MEAN).float()

    def draw(self, generator, share=WHOLE):
        x = self.states[torch.randint(len(self.states), (256,), generator=generator)]
        mask = (torch.rand(x.shape, generator=generator) < 0.2).float()
        y = mask * (x + ERROR * torch.randn(x.shape, generator=generator))
        return share.part(torch.cat([y, mask], 1)), share.part(x)

    def loss(self, network, drawn):
        return (network(drawn[0]) - drawn[1]).square().mean()

    def validate(self, network):
        return {"loss": self.loss(network, self.draw(torch.Generator().manual_seed(0))).item()}


class ToySection(SystemSection):
    training: TrainingConfig = TrainingConfig(steps=200, learning_rate=3e-3, validate_every=100)
    evaluate: EvaluateConfig = EvaluateConfig(members=4, bootstrap=100)


class ToyRequest(Request):
    cell: int = 30
    value: float = 16.0


def answer(model, request, options):
    asked = problem([request.cell], [request.value])
    return dataset_of(asked, model.analyse(asked, 4, 0))


class Toy(Composed):
    name, title, section = "toy", "A Gaussian field with a closed-form posterior", ToySection
    presentation = Presentation(reference="climatology", names={"exact": ("Bayes' rule", "exact")})
    model = staticmethod(ToyModel)
    endpoints = (
        Endpoint(
            route="toy",
            summary="A field from one value.",
            request=lambda: ToyRequest,
            answer=answer,
            describe=describe,
            print=lines,
            example=lambda model: {"cell": 30, "value": 16.0},
        ),
    )

    def samples(self, config):
        group, root = Group("field", {"tos": Layout(SST, GRID)}), np.linalg.cholesky(B)
        for split, count in {"train": 400, "validation": 12, "test": 12}.items():
            rng = np.random.default_rng(count)
            for month in np.datetime64("1980-01") + np.arange(count):
                field = (MEAN + root @ rng.standard_normal(N)).reshape(6, 12)
                yield Sample(f"{split}/{month}", split, month, group, {"tos": field})

    def cases(self, config, store, split):
        for k, sample in enumerate(store.samples(split)):
            x, rng = sample.fields["tos"][None], np.random.default_rng(k)
            cells = np.sort(rng.choice(N, N // 5, replace=False))
            y = x.ravel()[cells] + ERROR * rng.standard_normal(cells.size)
            yield Case(problem(cells, y, sample.name), x, "cells", 0.2, "tos")

    def methods(self, config, store):
        return [Exact("climatology", blind=True), Exact("exact")]

    def network(self, settings, seed):
        torch.manual_seed(seed)
        return nn.Sequential(nn.Linear(2 * N, 128), nn.GELU(), nn.Linear(128, N))

    def objective(self, config, store):
        return Regression(np.stack([s.fields["tos"].ravel() for s in store.samples("train")]))

    def fitted(self, model, cases):
        errors = [model.analyse(case.problem, 0, 0).mean - case.truth for case in cases]
        return model.calibrated(spread=float(np.sqrt(np.mean(np.square(errors)))))


SYSTEM = Toy()

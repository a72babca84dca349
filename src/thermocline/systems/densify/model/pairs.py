"""Training pairs: a state, its observations, and the first guess from these.

The first guess of a state is fitted without its run (see `baselines.leave_member_out`). Layouts,
withheld fields and shifts of the climate are drawn for each state, from the seed and its name.
"""

from functools import partial
from pathlib import Path
from typing import NamedTuple

import numpy as np
from numpy.random import Generator
from numpy.typing import NDArray
from safetensors.torch import load_file
from torch import Tensor

from thermocline.concurrency import side_by_side
from thermocline.config import Config
from thermocline.errors import BadConfig
from thermocline.observe.patterns import case_rng, random_columns
from thermocline.observe.tracks import curved_tracks
from thermocline.prepare.split import Split
from thermocline.systems.closure import module_digest
from thermocline.systems.densify.baselines.leave_member_out import LeaveMemberOut
from thermocline.systems.densify.config import DensifySection, settings
from thermocline.systems.densify.config.model import DENSEST, ShownConfig
from thermocline.systems.densify.data.cases import observe, problem, profile_error
from thermocline.systems.densify.data.columns import of_columns
from thermocline.systems.densify.data.raw import SURFACE
from thermocline.systems.densify.data.waters import States, Waters
from thermocline.systems.densify.model.ambient import shown_columns
from thermocline.systems.densify.model.conditioning import Conditioning, describe
from thermocline.systems.paths import pairs_file
from thermocline.training.mapped_tensors import create

SPARSEST = 0.002
"""Smallest share of observed columns, if there are any."""
NOTHING = 1 / 8
"""Share of states without an observed column."""
CHECKS = 48
"""Validation states during training, at most."""
SMOOTH = 4
"""Vertical correlation length of a shift of the climate, levels."""


class Pairs(NamedTuple):
    """N pairs.

    Attributes:
        truth: x·s + a: normalised anomalies [N, C, H, W], in half precision; NaN where errors do
            not count.
        share: of the sea's columns that is observed [N].
        conditioning: of the network, in half precision.
    """

    truth: Tensor
    share: Tensor
    conditioning: Conditioning

    def __len__(self) -> int:
        return len(self.truth)

    def within(self, ratio: float) -> Tensor:
        """Indices of pairs with at least a share `ratio` hidden; raises BadConfig for none."""
        chosen = (self.share <= 1 - ratio).nonzero()[:, 0]
        if not len(chosen):
            raise BadConfig(
                f"no training state hides {ratio:.1%} of its columns",
                where="densify.model.shown.ratio",
                fix=f"give at most {1 - SPARSEST:g}",
            )
        return chosen


def pairs_of(
    config: Config, store: Waters, leave_member_out: LeaveMemberOut, split: Split
) -> Pairs:
    """Pairs of a split's states, made once; see `pairs_file`."""
    own = settings(config)
    shown = own.model.shown.model_dump_json(exclude={"ratio"})
    identity = f"{store.digest()} {config.seed} {own.data.errors} {own.model.start} {shown} "
    identity += f"{leave_member_out.digest} {split} {module_digest(__name__)}"
    identity += f" {own.training.ambient}" if _hides(own) else ""
    make = lambda path: _make(path, config, store, leave_member_out, split)
    parts = load_file(pairs_file(store.path, split, identity, make))
    return Pairs(parts.pop("truth"), parts.pop("share"), Conditioning(**parts))


def _make(
    path: Path, config: Config, store: Waters, leave_member_out: LeaveMemberOut, split: Split
) -> None:
    """Write the pairs of every region, one after another, as they are made."""
    layouts = range(settings(config).model.shown.layouts)
    few = None if split == "train" else max(CHECKS // len(store.regions), 1)
    count = len(layouts) * sum(store.count(split, region, few) for region in store.regions)
    made: dict[str, NDArray[np.float16]] = {}
    number = 0
    for region in store.regions:
        states = store.states(split, region, few)
        one = partial(_pair, config, store, leave_member_out, region, states)
        every = [(index, layout) for index in range(len(states.names)) for layout in layouts]
        for parts in side_by_side(one, every):
            made = made or create(path, {k: (count, *part.shape) for k, part in parts.items()})
            for name, part in parts.items():
                made[name][number] = part
            number += 1


def _pair(
    config: Config,
    store: Waters,
    leave_member_out: LeaveMemberOut,
    region: str,
    states: States,
    drawn: tuple[int, int],
) -> dict[str, NDArray]:
    """The parts of one pair by name; `drawn` are the numbers of its state and layout."""
    index, layout = drawn
    own, name, day = settings(config), states.names[index], states.days[index]
    rng = case_rng(config.seed, name, layout, "training")
    method = leave_member_out.of(name)
    statistics, sea = method.regions[0], store.ocean(region)
    values = states.values[index]
    values = values + shift_of(statistics.climate.std, own.model.shown, rng)[:, None, None]
    error = profile_error(own.data.errors, statistics.climate, len(store.depth))
    where = layout_of(sea[0], own.model.shown, rng)
    seen = observe(values[: len(sea)], sea, where, error, rng)
    withheld = withheld_of(own.model.shown, rng)
    ask = lambda seen: problem(store, region, values, day, seen, withheld, name)
    truth = statistics.climate.anomaly(values, day)[: len(sea)]
    if _hides(own):
        kept = shown_columns(where, own.training.ambient, rng)
        everything = describe(ask(seen), statistics, None)["values"]
        truth = np.where((everything != 0) & ~kept, everything, np.nan)
        seen = tuple(of_columns(each, kept) for each in seen)
    case = ask(seen)
    start = method.analyse(case, 0, 0) if own.model.start != "climatology" else None
    share = np.array(where.sum() / sea[0].sum(), np.float32)
    return {"truth": truth, "share": share, **describe(case, statistics, start)}


def _hides(own: DensifySection) -> bool:
    """Whether columns are hidden before the first guess is made: see `model.ambient`."""
    return own.training.objective == "ambient" and own.model.start == "profiles"


def shift_of(std: NDArray, shown: ShownConfig, rng: Generator) -> NDArray[np.float32]:
    """A shift of a region's climate [V] in physical units; 0 for some states.

    Temperature and salinity are shifted by profiles that are smooth over levels and on average
    `shown.offset` standard deviations large; surface fields go with the water below them, but for
    the height.
    """
    levels = (len(std) - len(SURFACE)) // 2
    apart = np.subtract.outer(np.arange(levels), np.arange(levels)) / SMOOTH
    root = np.linalg.cholesky(np.exp(-(apart**2) / 2) + 1e-6 * np.eye(levels))
    profiles = rng.standard_normal((2, levels)) @ root.T * abs(rng.standard_normal())
    shifted = np.concatenate([profiles.ravel(), profiles[:, 0], [0.0]])
    wanted = shown.offset * (rng.random() < shown.shifted)
    return (wanted * shifted * std).astype(np.float32)


def layout_of(ocean: NDArray[np.bool_], shown: ShownConfig, rng: Generator) -> NDArray[np.bool_]:
    """Mask [H, W] of observed columns: none, at random places or along tracks."""
    density = SPARSEST * (DENSEST / SPARSEST) ** rng.random()
    along, nothing = rng.random() < shown.tracks, rng.random() < NOTHING
    if nothing:
        return ocean & False
    if along:
        return curved_tracks(ocean, density, rng)
    return random_columns(ocean[None], density, rng)[0]


def withheld_of(shown: ShownConfig, rng: Generator) -> tuple[str, ...]:
    """Surface fields that are withheld from a state."""
    each = rng.random(len(SURFACE)) < shown.withheld
    if rng.random() < shown.withheld:
        return SURFACE
    return tuple(name for name, gone in zip(SURFACE, each, strict=True) if gone)

"""`superres` on the bundled ocean against presets of others, and with one ingredient taken away.

    python -m benchmarks.presets [--only published resshift …] [--steps 1500] [--list]

Run `make demo` first. Every network is trained here by the same code on the same pairs for as many
steps, ours among them, with the settings of params.yaml; all are scored on the same withheld days,
beside the classical methods as the demo tuned them. Trained models are kept, so that a run that
was killed goes on.
"""

import argparse
from collections.abc import Callable
from pathlib import Path

from benchmarks.superres.presets import published, regression, resshift
from benchmarks.superres.training import train
from rich.progress import track

from thermocline.config import Config
from thermocline.systems.config import load_config
from thermocline.systems.paths import StagePaths
from thermocline.systems.superres.baselines.first_guess import first_guess_digest, tuned_first_guess
from thermocline.systems.superres.baselines.tune import classical_methods
from thermocline.systems.superres.config import SuperresConfig
from thermocline.systems.superres.config.model import ModelConfig
from thermocline.systems.superres.data.pairs import Pairs
from thermocline.systems.superres.evaluation.board import score_methods
from thermocline.systems.superres.model.method import Superresolver
from thermocline.systems.superres.model.training import training_key
from thermocline.verify.board.boardfiles import write_board
from thermocline.verify.board.console import show

OUT = Path("build/benchmarks/presets")
Change = Callable[[SuperresConfig], SuperresConfig]


def _with(section: str, **settings: object) -> Change:
    """The configuration with other settings in a section."""

    def change(config: SuperresConfig) -> SuperresConfig:
        changed = getattr(config, section).model_copy(update=settings)
        return config.model_copy(update={section: changed})

    return change


def _plain(**settings: object) -> Change:
    return lambda config: config.model_copy(update=settings)


def _long(config: SuperresConfig) -> SuperresConfig:
    """A network that sees single cells, and twice as many steps."""
    settings = {"steps": 3000, "mean_fraction": 0.5, "ema": 0.995}
    muon = {"optimizer": "muon", "learning_rate": 4.5e-3}
    checks = {"validate_every": 600, "checkpoint_every": 600}
    return _with("training", **settings, **muon, **checks)(_with("network", head=16)(config))


VARIANTS: dict[str, Change] = {
    "thermocline": lambda config: config,
    "uadm": published,
    "resshift": resshift,
    "unet": regression,
    "thermocline (long)": _long,
    "thermocline (AdamW)": _with("training", optimizer="adamw", learning_rate=2e-3),
    "thermocline (from bicubic)": _plain(first_guess="bicubic"),
    "thermocline (learned map)": _with("process", uncertainty="learned"),
    "thermocline (physics map)": _with("process", uncertainty="physics"),
    "thermocline (white noise)": _with("process", noise="white"),
    "thermocline (projection)": _plain(consistency=True),
    "thermocline (no gate)": _plain(gate=False),
    "thermocline (adversary)": _with("adversarial", weight=0.1),
    "thermocline (Swin)": _with("network", kind="swin"),
}


def trained(
    name: str, config: Config, built: StagePaths, seed: int, steps: int | None
) -> Superresolver:
    """A variant, trained now or earlier, for its own steps or for so many."""
    section = config.section("superres")
    settings = VARIANTS[name](section.trained)
    settings = _with("training", steps=steps)(settings) if steps else settings
    store = Pairs.open(built.store)
    parts = {name: getattr(settings, name) for name in ("training", "sampling")}
    parts["model"] = ModelConfig(
        **{name: getattr(settings, name) for name in ModelConfig.model_fields}
    )
    changed = config.model_copy(update={"superres": section.model_copy(update=parts), "seed": seed})
    first_guess = first_guess_digest(settings, built.baselines)
    place = OUT / "trained" / training_key(changed, store.digest(), f"{name} {first_guess}")
    if not (place / "model").is_dir():
        model = train(
            settings,
            store.pairs("train"),
            store.pairs("validation"),
            place / "checkpoints",
            seed=seed,
            first_guess=tuned_first_guess(settings, built.baselines),
            report=lambda step, metrics: print(f"{name}, step {step}: {metrics}", flush=True),
        )
        model.save(place / "model")
    model = Superresolver.load(place / "model")
    model.name = name
    return model


def main() -> None:
    """Train, score, write the board under build/benchmarks/presets, and print it."""
    parser = argparse.ArgumentParser(description=(__doc__ or "").splitlines()[0])
    parser.add_argument("--only", nargs="+", default=list(VARIANTS), choices=list(VARIANTS))
    parser.add_argument("--steps", type=int, help="of every training; its own if left out")
    parser.add_argument("--seed", type=int, default=0)
    parser.add_argument("--list", action="store_true", help="say what there is, and end")
    given = parser.parse_args()
    if given.list:
        print("\n".join(VARIANTS))
        return
    config = load_config()
    built = StagePaths("superres", config)
    names = list(dict.fromkeys(["thermocline", *given.only]))
    methods = [trained(name, config, built, given.seed, given.steps) for name in names]
    pairs = Pairs.open(built.store).pairs("test")
    board = score_methods(
        [*methods, *classical_methods(built.baselines)],
        pairs,
        config,
        lambda each, label: track(each, label),
    ).board
    write_board(board, OUT / "board")
    show(board)


if __name__ == "__main__":
    main()

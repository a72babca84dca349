"""Score a system's model and its baselines on the withheld truth, and draw the figures."""

import sys
from pathlib import Path

from rich.progress import track

from stage import run, tuned_config
from thermocline.files import atomic_directory
from thermocline.prepare.store import Store
from thermocline.systems.cases import CaseBook
from thermocline.systems.classical import classical_methods
from thermocline.systems.reconstruct.method import Reconstructor
from thermocline.systems.reconstruct.published import Published
from thermocline.systems.reconstruct.report import draw_figures
from thermocline.systems.scoring import score_methods


def main(system: str) -> None:
    config = tuned_config(system)
    store = Store.open(config.data.prepared / f"{system}.nc")
    model = Reconstructor.load(Path("build/models") / system)
    methods = [model, *classical_methods(Path("build/baselines") / system, store, model.ensemble)]
    published = Published(model.prior, model.statistics, steps=config.evaluate.published_steps)
    book = CaseBook(store, config, "test")
    scored = score_methods(
        system,
        book,
        store,
        config,
        methods,
        dear=[(published, config.evaluate.published_cases)],
        progress=lambda cases, label: track(cases, label),
    )
    scored.board.notes.append(
        "reconmost: the published guidance (1000 steps, noise-free) on this project's own prior; "
        f"scored on {config.evaluate.published_cases} case(s) here, on every case, and with a "
        "prior trained as published, by `make scoreboard`."
    )
    with atomic_directory(Path("build/reports") / system) as folder:
        scored.board.write(folder)
        draw_figures(
            folder / "figures",
            scored.board,
            scored.ranks,
            *scored.example,
            model.ensemble,
            store.statistics,
            store.grid,
            store.depth.tolist(),
        )
    scored.board.print()


if __name__ == "__main__":
    run(lambda: main(sys.argv[1]))

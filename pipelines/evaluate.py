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
from thermocline.systems.reconstruct.report import draw_figures
from thermocline.systems.scoring import score_methods


def main(system: str) -> None:
    config = tuned_config(system)
    store = Store.open(config.data.prepared / f"{system}.nc")
    model = Reconstructor.load(Path("build/models") / system)
    folder, window = Path("build/baselines") / system, config.observe.window
    methods = [model, *classical_methods(folder, store, model.ensemble, window)]
    book = CaseBook(store, config, "test")
    scored = score_methods(
        system,
        book,
        store,
        config,
        methods,
        progress=lambda cases, label: track(cases, label),
    )
    scored.board.notes.append(
        "The published preset needs a prior of its own and 1000 steps: `make scoreboard` has it."
    )
    with atomic_directory(Path("build/reports") / system) as folder:
        scored.board.write(folder)
        draw_figures(
            folder / "figures",
            scored.board,
            *scored.example,
            model.ensemble,
            store.statistics,
            store.grid,
            store.depth.tolist(),
        )
    scored.board.print()


if __name__ == "__main__":
    run(lambda: main(sys.argv[1]))

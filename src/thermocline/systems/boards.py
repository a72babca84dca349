"""An empty scoreboard for a system's methods."""

from collections.abc import Callable
from dataclasses import replace

from thermocline.config import Config
from thermocline.ocean.variables import VARIABLES
from thermocline.prepare.store import Store
from thermocline.verify.board.presentation import Presentation
from thermocline.verify.board.rows import Context
from thermocline.verify.board.scoreboard import Board


def empty_board(
    system: str,
    config: Config,
    context_of: Callable[[str], Context],
    presentation: Callable[[Context], Presentation],
    truth: str = "",
) -> Board:
    """A board of the test split, without rows.

    Args:
        context_of: of the test period, such as `truth/2005-2009`: what is scored.
        presentation: what a board of that is shown with.
        truth: digest of the test split.
    """
    test = config.data.test
    context = context_of(f"{'+'.join(test.members)}/{test.first}-{test.last}")
    context = replace(context, truth=truth)
    return Board(
        system,
        context,
        resamples=config.section(system).evaluate.bootstrap,
        seed=config.seed,
        presentation=presentation(context),
    )


def own_variables(store: Store) -> dict[str, tuple[str, str]]:
    """Long name and units of a store's variables that are not in `ocean.variables`, by name."""
    fields = (
        layout.variable for group in store.groups.values() for layout in group.fields.values()
    )
    return {
        each.name: (each.long_name, each.units) for each in fields if each.name not in VARIABLES
    }

"""`thermocline plan`: what a training and its answers cost, before they are paid for."""

from pathlib import Path
from typing import Annotated, Optional

import typer

from thermocline.errors import BadConfig


def add_commands(app: typer.Typer, models: typer.Typer) -> None:
    """Add this file's commands."""
    app.command()(plan)


def plan(
    name: Annotated[
        str,
        typer.Argument(
            help="A preset of a published size, or a system, planned with its settings of "
            "params.yaml. `list` shows presets and devices."
        ),
    ],
    device: Annotated[
        str, typer.Option(help="h100, h200, a100, l4, v100, or this-machine, which is calibrated.")
    ] = "h100",
    devices: Annotated[int, typer.Option(min=1, help="How many share each batch.")] = 1,
    batch: Annotated[
        Optional[int],  # noqa: UP045
        typer.Option(min=1, help="Samples a step, of all devices; as set if left out."),
    ] = None,
    precision: Annotated[
        Optional[str],  # noqa: UP045
        typer.Option(help="32-true, bf16-mixed or auto; as set if left out."),
    ] = None,
    members: Annotated[
        Optional[int],  # noqa: UP045
        typer.Option(min=1, help="Of an answer; as set if left out."),
    ] = None,
    grid: Annotated[
        Optional[str],  # noqa: UP045
        typer.Option(help="ROWSxCOLUMNS of states, such as 2160x4320, instead of the usual."),
    ] = None,
    as_json: Annotated[bool, typer.Option("--json", help="Print JSON.")] = False,
    params: Annotated[Path, typer.Option(help="The settings of systems.")] = Path("params.yaml"),
) -> None:
    """Estimate operations, memory, hours and the cost of answers; nothing is trained or allocated.

    Estimates: see docs/performance.md for what of them was measured, and how near they came.
    """
    if name == "list":
        _list()
        return
    import json

    from rich.console import Console

    from thermocline.planning import named
    from thermocline.planning.plan import make_plan
    from thermocline.planning.show import show
    from thermocline.planning.sizes import size

    chosen = size(name, params, _grid(grid))
    found = make_plan(
        chosen,
        named.device(device),
        devices=devices,
        batch=batch,
        precision=precision,
        members=members,
    )
    if as_json:
        print(json.dumps(found.as_dict(), indent=2))
    else:
        show(found, Console())


def _list() -> None:
    from thermocline import systems
    from thermocline.planning.devices import DEVICES, THIS_MACHINE
    from thermocline.planning.sizes import presets

    for name, (system, preset) in presets().items():
        shape = " × ".join(map(str, preset.shape))
        print(f"preset {name}: {shape}, of {system}; {preset.source}")
    print(f"systems: {', '.join(systems.names())}")
    print(f"devices: {', '.join(DEVICES)}, {THIS_MACHINE}")


def _grid(text: str | None) -> tuple[int, int] | None:
    if text is None:
        return None
    rows, cross, columns = text.lower().replace("×", "x").partition("x")
    if not (cross and rows.isdigit() and columns.isdigit() and int(rows) and int(columns)):
        raise BadConfig(
            f"no grid {text!r}", where="--grid", fix="give rows and columns, such as 2160x4320"
        )
    return int(rows), int(columns)

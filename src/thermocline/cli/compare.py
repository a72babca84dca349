"""`thermocline models compare A B` and `thermocline models card`."""

from pathlib import Path
from typing import Annotated, Any, Optional

import typer

from thermocline.cli.connection import (
    REFERENCE,
    SystemOption,
    default_name,
    reading_client,
)
from thermocline.errors import BadConfig, ThermoclineError


def add_commands(app: typer.Typer, models: typer.Typer) -> None:
    """Add this file's commands."""
    models.command("compare")(compare)
    models.command("card")(card)


def compare(
    a: Annotated[str, typer.Argument(metavar="A", help=REFERENCE)],
    b: Annotated[str, typer.Argument(metavar="B", help="The same for the other.")],
    as_json: Annotated[bool, typer.Option("--json", help="Print JSON instead of tables.")] = False,
    maps: Annotated[
        Optional[Path],  # noqa: UP045
        typer.Option(metavar="FOLDER", help="Write maps of where their answers differ."),
    ] = None,
    observations: Annotated[
        Optional[Path],  # noqa: UP045
        typer.Option(help="What both answer for the maps; a held-out month if left out."),
    ] = None,
    date: Annotated[
        Optional[str],  # noqa: UP045
        typer.Option(help='Month of the observations, such as "2008-03".'),
    ] = None,
    members: Annotated[
        Optional[int],  # noqa: UP045
        typer.Option(help="Ensemble size for the maps; each model's default if left out."),
    ] = None,
    system: SystemOption = None,
) -> None:
    """What differs between two registered models, and nothing else."""
    from thermocline.registry.comparing.compare import compare_versions
    from thermocline.registry.comparing.show import show

    of_maps = {"--observations": observations, "--date": date, "--members": members}
    idle = [option for option, value in of_maps.items() if value is not None and maps is None]
    if idle:
        raise BadConfig(
            "this is about maps, and none are asked for",
            where=", ".join(idle),
            fix="add --maps FOLDER, or leave it out",
        )
    client, one, other = _versions(reading_client(), a, b, system=system)
    found = compare_versions(client, one, other)
    drawn = _maps(maps, one, other, observations, date, members) if maps else None
    if as_json:
        import json

        extra = {"maps": _maps_record(drawn)} if drawn else {}
        print(json.dumps(found.to_dict() | extra, indent=1, ensure_ascii=False))
        return
    show(found)
    if drawn:
        print(f"{drawn.path}: maps of A − B; they differ by {drawn.rms_difference:.3f} °C (RMS)")


def card(
    reference: Annotated[str, typer.Argument(help=REFERENCE)] = "champion",
    raw: Annotated[bool, typer.Option("--raw", help="The Markdown as it is stored.")] = False,
    system: SystemOption = None,
) -> None:
    """The model card: data, method, skill, calibration, limits, licence."""
    import sys

    from thermocline.registry.comparing.compare import read_card

    text = read_card(*_versions(reading_client(), reference, system=system))
    if raw or not sys.stdout.isatty():
        print(text, end="")
        return
    from rich.console import Console
    from rich.markdown import Markdown

    # The front matter is for programs; --raw shows it.
    Console().print(Markdown(text.split("\n---\n", 1)[-1]))


def _versions(client: Any, *references: str, system: str | None) -> tuple[Any, ...]:
    """The client, and the versions that the references mean."""
    from thermocline.registry.versions.lookup import resolve

    return client, *(resolve(client, text, default_name(system)) for text in references)


def _maps(
    folder: Path,
    one: Any,
    other: Any,
    file: Path | None,
    date: str | None,
    members: int | None,
) -> Any:
    from thermocline import systems
    from thermocline.predict.champion import load_registered

    left, right = (load_registered(v.name, str(v.version)) for v in (one, other))
    short = "version {0.version}" if one.name == other.name else "{0.name} {0.version}"
    names = short.format(one), short.format(other)
    draw = getattr(systems.get(left.system), "difference_maps", None)
    if draw is None or left.system != right.system:
        raise ThermoclineError(
            "there are no maps of differences for these models",
            where=" and ".join(names),
            fix="leave --maps out",
        )
    return draw(folder, left.model, right.model, names, file, date, members)


def _maps_record(drawn: Any) -> dict[str, Any]:
    return {
        "path": str(drawn.path),
        "rms_difference": drawn.rms_difference,
        "mean_std": list(drawn.mean_std),
    }

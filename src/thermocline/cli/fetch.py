"""`thermocline fetch`: real data, under their providers' names, below `data/`."""

from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Optional

import typer

if TYPE_CHECKING:
    from thermocline.fetch.plan import Plan, Product

SHOWN = 3


def add_commands(app: typer.Typer, models: typer.Typer) -> None:
    """Add this file's command."""
    app.command("fetch")(fetch)


def fetch(
    name: Annotated[
        Optional[str],  # noqa: UP045
        typer.Argument(metavar="[PRODUCT]", help="What to fetch; a list if left out."),
    ] = None,
    time: Annotated[str, typer.Option(help="2008, 2008-03, 2008-03-14, or FIRST/LAST.")] = "",
    region: Annotated[str, typer.Option(help="WEST,SOUTH,EAST,NORTH in degrees.")] = "",
    variable: Annotated[list[str], typer.Option(help="A variable; may be repeated.")] = [],  # noqa: B006
    to: Annotated[
        Optional[Path],  # noqa: UP045
        typer.Option(help="The folder; one below data/ if left out."),
    ] = None,
    dry_run: Annotated[
        bool, typer.Option("--dry-run", help="Say what, how much, and under which terms.")
    ] = False,
    accept_changed: Annotated[
        bool, typer.Option("--accept-changed", help="Take files that the provider has changed.")
    ] = False,
    model: Annotated[str, typer.Option(help="CMIP6: the model, such as CanESM5.")] = "",
    experiment: Annotated[str, typer.Option(help="CMIP6: the experiment.")] = "",
    member: Annotated[str, typer.Option(help="CMIP6: the member, such as r1i1p1f1.")] = "",
    grid: Annotated[str, typer.Option(help="CMIP6: the grid's label.")] = "",
    correction: Annotated[str, typer.Option(help="EN4: the correction of XBTs and MBTs.")] = "",
    hemisphere: Annotated[str, typer.Option(help="NSIDC: north or south.")] = "",
    server: Annotated[
        str, typer.Option(help="Another server of the same layout, such as a mirror.")
    ] = "",
) -> None:
    """Fetch real data from their providers, ready for `dvc repro`."""
    import requests

    from thermocline.errors import BadConfig
    from thermocline.fetch import run
    from thermocline.fetch.request import FORMS, Period, Region, Request

    if name is None:
        for one in run.PRODUCTS.values():
            print(f"{one.name:12} {one.summary} ({one.provider})")
        return
    product = run.product(name)
    if not time:
        raise BadConfig("the period is not said", where="--time", fix=f"write {FORMS}")
    facets = {
        "model": model,
        "experiment": experiment,
        "member": member,
        "grid": grid,
        "correction": correction,
        "hemisphere": hemisphere,
    }
    request = Request(
        Period.parse(time),
        Region.parse(region) if region else Region(),
        tuple(variable),
        {key: value for key, value in facets.items() if value},
        server,
    )
    folder = to or Path("data") / product.folder
    with requests.Session() as session:
        plan = run.plan_for(name, request, session)
        _say(product, plan, folder)
        if dry_run:
            return
        from rich.console import Console
        from rich.progress import DownloadColumn, Progress, TransferSpeedColumn

        columns = (*Progress.get_default_columns(), DownloadColumn(), TransferSpeedColumn())
        with Progress(*columns, console=Console(stderr=True), transient=True) as bar:
            task = bar.add_task(name)
            show = lambda done, of: bar.update(task, completed=done, total=of)
            done = run.fetch(plan, folder, session, progress=show, accept_changed=accept_changed)
    print(f"{folder}: {len(done.new)} new, {len(done.present)} were there; {folder / run.SUMS}")


def _say(product: "Product", plan: "Plan", folder: Path) -> None:
    """What, how much, from whom and under which terms."""
    names = [name for item in plan.items for name in item.names]
    more = f" and {len(names) - SHOWN} more" if len(names) > SHOWN else ""
    size = "unknown size" if plan.size is None else _bytes(plan.size)
    said = f"{len(names)} files" if names else f"{len(plan.items)} data sets"
    print(f"{product.summary}")
    print(f"  from {product.provider}: {plan.items[0].source}")
    print(
        f"  {said}, {size}, to {folder}: {', '.join(names[:SHOWN]) or 'names as they come'}{more}"
    )
    for note in plan.notes:
        print(f"  note: {note}")
    print(f"  terms: {product.terms}")


def _bytes(count: int) -> str:
    power = min(3, max(0, (len(str(count)) - 1) // 3))
    return f"{count / 1000**power:.3g} {('B', 'kB', 'MB', 'GB')[power]}"

"""`thermocline lineage` and `thermocline verify`."""

from typing import Annotated

import typer

from thermocline.cli.connection import SystemOption, default_name

REFERENCE = "models:/NAME@ALIAS, models:/NAME/3, a Bento's tag, or a model's folder."


def add_commands(app: typer.Typer, models: typer.Typer) -> None:
    """Add this file's commands."""
    app.command("lineage")(lineage)
    app.command("verify")(verify)


def lineage(
    reference: Annotated[str, typer.Argument(help=REFERENCE)] = "champion",
    system: SystemOption = None,
    as_json: Annotated[bool, typer.Option("--json", help="The whole record, as JSON.")] = False,
    as_mermaid: Annotated[
        bool, typer.Option("--mermaid", help="A graph that GitHub renders.")
    ] = False,
    files: Annotated[
        bool, typer.Option("--files", help="Every raw file that it reads, with its checksum.")
    ] = False,
) -> None:
    """Where a model comes from: what serves it, its run, code, and data down to the raw files."""
    import json

    from thermocline.errors import BadConfig
    from thermocline.registry.lineage.chain import walk
    from thermocline.registry.lineage.show import mermaid, print_chain

    if as_json and as_mermaid:
        raise BadConfig("--json and --mermaid exclude each other", where="lineage")
    chain = walk(reference, name=default_name(system))
    if as_json:
        print(json.dumps(chain.to_dict(), indent=1, ensure_ascii=False))
    elif as_mermaid:
        print(mermaid(chain), end="")
    else:
        print_chain(chain, each=files)


def verify(
    reference: Annotated[str, typer.Argument(help=REFERENCE)] = "champion",
    system: SystemOption = None,
    as_json: Annotated[bool, typer.Option("--json", help="The checks, as JSON.")] = False,
) -> None:
    """Recompute what a model's lineage says; exit code 2 if anything in the chain is broken."""
    import json

    from thermocline.registry.lineage.verify import BROKEN, print_checks, verify_model

    checks = verify_model(reference, name=default_name(system))
    if as_json:
        print(json.dumps([vars(check) for check in checks], indent=1, ensure_ascii=False))
    else:
        print_checks(checks)
    if any(check.state == BROKEN for check in checks):
        raise typer.Exit(2)

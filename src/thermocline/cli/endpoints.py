"""`thermocline <route>`: a command for every endpoint of every system, made from its request.

The field `file` becomes the argument; fields of single values and of other files become options.
"""

from collections.abc import Callable
from inspect import Parameter, Signature
from pathlib import Path
from types import NoneType
from typing import TYPE_CHECKING, Annotated, Any, Optional, get_args

import typer
from typer.core import TyperGroup

from thermocline import systems
from thermocline.answers.request import uploads
from thermocline.cli.stopping import ended_by_sigterm
from thermocline.errors import BadConfig
from thermocline.systems.endpoint import Endpoint, Options

if TYPE_CHECKING:
    from pydantic.fields import FieldInfo

    from thermocline.systems.endpoint import Progress

MODEL_HELP = "A model folder, or models:/NAME@ALIAS; the registered champion if left out."
URL_HELP = "A service to ask, such as http://localhost:3000, in place of a model on this machine."
OUTPUT_HELP = "The NetCDF to write; or, if it ends in .zip, a zipped Zarr store."
GOES_ON_HELP = (
    " What is finished of a large one is kept beside it until then, in OUTPUT.unfinished-…: the "
    "same command goes on from it."
)
EXTERNAL_HELP = "Follow the file's links into other files, for files of your own."
SINGLE = (bool, int, float, str)


class Commands(TyperGroup):
    """Knows the endpoints' commands by name and summary, and makes one when it is called.

    Making them all for `--help` would import every request, which takes half a second.
    """

    def resolve_command(self, ctx: Any, args: list[str]) -> tuple[Any, Any, list[str]]:
        """The command that is called, with its own options."""
        name, found, rest = super().resolve_command(ctx, args)
        return name, _full(name) or found, rest


def add_commands(app: typer.Typer, models: typer.Typer) -> None:
    """Add name and summary of every endpoint to an app of the class `Commands`."""
    for _, endpoint in systems.endpoints():
        app.command(endpoint.route, help=endpoint.summary)(lambda: None)


def _full(name: str | None) -> Any:
    """The endpoint's command with its options; None for other commands."""
    for system, endpoint in systems.endpoints():
        if endpoint.route == name:
            alone = typer.Typer(add_completion=False, pretty_exceptions_enable=False)
            alone.command(endpoint.route, help=endpoint.summary)(command(system, endpoint))
            return typer.main.get_command(alone)
    return None


def command(system: str, endpoint: Endpoint) -> Callable[..., None]:
    """A function whose parameters are those of the command, as typer reads them."""

    def ask(**values: Any) -> None:
        _ask(system, endpoint, **values)

    parameters = _parameters(endpoint)
    ask.__signature__ = Signature(parameters)  # type: ignore[attr-defined]
    ask.__annotations__ = {one.name: one.annotation for one in parameters}
    return ask


def _parameters(endpoint: Endpoint) -> list[Parameter]:
    fields = endpoint.Request.model_fields
    files = uploads(endpoint.Request)
    options = []
    own = endpoint.Request.__annotations__  # before what it has in common with others
    for name, field in sorted(fields.items(), key=lambda item: item[0] not in own):
        kind = Path if name in files else _single(field)
        if kind is bool:
            options.append(_flag(name, _help(field)))
        elif name != "file" and kind is not None:
            optional: Any = kind if field.default is not None else Optional[kind]  # noqa: UP045
            options.append(_parameter(name, optional, field.default, _help(field)))
    argument = []
    if "file" in files:
        # What is not a single value, such as a list, only a file can hold here: then it is needed,
        # unless another file may come in its place.
        needed = fields["file"].is_required() or (
            len(files) == 1
            and any(_single(field) is None for name, field in fields.items() if name != "file")
        )
        path: Any = Path if needed else Optional[Path]  # noqa: UP045
        read = Annotated[path, typer.Argument(help=_help(fields["file"]))]
        default = Parameter.empty if needed else None
        argument = [Parameter("file", Parameter.KEYWORD_ONLY, annotation=read, default=default)]
    written = OUTPUT_HELP + (GOES_ON_HELP if endpoint.resumable else "")
    out = Annotated[Path, typer.Option("--output", "-o", help=written)]
    common = Parameter(
        "output", Parameter.KEYWORD_ONLY, annotation=out, default=Path(endpoint.output)
    )
    last = [
        _parameter("model", Optional[str], None, MODEL_HELP),  # noqa: UP045
        _parameter("url", Optional[str], None, URL_HELP),  # noqa: UP045
    ]
    if files:
        last.append(_flag("allow_external", EXTERNAL_HELP))
    return [*argument, common, *options, *last]


def _parameter(name: str, kind: Any, default: Any, text: str) -> Parameter:
    annotation = Annotated[kind, typer.Option(help=text)]
    return Parameter(name, Parameter.KEYWORD_ONLY, annotation=annotation, default=default)


def _flag(name: str, text: str) -> Parameter:
    """An option that is given or not."""
    kind = Annotated[bool, typer.Option(f"--{name}".replace("_", "-"), help=text)]
    return Parameter(name, Parameter.KEYWORD_ONLY, annotation=kind, default=False)


def _help(field: "FieldInfo") -> str:
    text = field.description or ""
    return text if text.endswith(("…", ".")) else f"{text}."


def _single(field: "FieldInfo") -> type | None:
    """The type of a field that is one number or text, or none; None for any other."""
    kinds = [kind for kind in get_args(field.annotation) if kind is not NoneType]
    kinds = [getattr(kind, "__origin__", kind) for kind in kinds or [field.annotation]]
    return kinds[0] if len(kinds) == 1 and kinds[0] in SINGLE else None


def _ask(
    system: str,
    endpoint: Endpoint,
    output: Path,
    model: str | None,
    url: str | None,
    allow_external: bool = False,
    **values: Any,
) -> None:
    from rich.console import Console
    from rich.progress import Progress

    from thermocline import predict
    from thermocline.borrowed import external_allowed
    from thermocline.memory import few_arenas

    output = predict.answer_path(output)
    predict.check_output(output, [each for each in values.values() if isinstance(each, Path)])
    few_arenas()  # tiles that are made side by side would leave each thread's memory behind
    request = predict.question(endpoint, **values)
    if url and model:
        raise BadConfig(
            "--url and --model",
            where="command line",
            fix="leave one of them out: a service answers with its own model",
        )
    served = None if url else predict.load_model(model, system)
    bar = Progress(console=Console(stderr=True), transient=True)
    with ended_by_sigterm(), bar, external_allowed(allow_external):
        task = bar.add_task(endpoint.route)
        show = lambda done, of: bar.update(task, completed=done, total=of)
        if served is None:
            written, summary = _ask_service(str(url), endpoint, output, show, values)
        else:
            options = Options(progress=show)
            written, summary = predict.write_answer(served, endpoint, request, output, options)
    first, *rest = predict.lines(endpoint, summary)
    for line in (f"{written}: {first}", *rest):
        print(line)
    print(f"model: {summary['model']['name']} version {summary['model']['version']}")
    print(f"  {summary['model']['baseline_verdict']}")


def _ask_service(
    url: str, endpoint: Endpoint, output: Path, progress: "Progress", values: dict[str, Any]
) -> tuple[Path, dict[str, Any]]:
    """The answer's file, and what it says. Whoever does not wait for it cancels it."""
    from thermocline import predict
    from thermocline.client import Client
    from thermocline.netcdf import open_answer

    task = Client(url).submit(endpoint.route, **values)
    try:
        task.wait(progress)
    except (KeyboardInterrupt, SystemExit):
        task.cancel()
        raise
    written = task.save(output)
    if written.suffix != ".zip":
        with open_answer(written) as dataset:
            return written, predict.describe(endpoint, dataset)
    return written, predict.describe(endpoint, task.result())

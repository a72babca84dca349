"""The argument and the options of an endpoint's command, made from its request.

The field `file` becomes the argument; fields of single values and of other files become options.
"""

from inspect import Parameter
from pathlib import Path
from types import NoneType
from typing import TYPE_CHECKING, Annotated, Any, Optional, get_args

import typer

from thermocline.answers.request import uploads
from thermocline.systems.endpoint import Endpoint

if TYPE_CHECKING:
    from pydantic.fields import FieldInfo

MODEL_HELP = "A model folder, or models:/NAME@ALIAS; the registered champion if left out."
URL_HELP = "A service to ask, such as http://localhost:3000, in place of a model on this machine."
OUTPUT_HELP = "The NetCDF to write; or, if it ends in .zip, a zipped Zarr store."
GOES_ON_HELP = (
    " What is finished of a large one is kept beside it until then, in OUTPUT.unfinished-…: the "
    "same command goes on from it."
)
DATES_HELP = (
    'An answer for each date of a period, such as "2008-01/2008-12", as DATE.nc in the folder '
    "OUTPUT; those that are there are kept."
)
EVERY_HELP = "Of a period, only every so many days, or months where answers are for months."
EXTERNAL_HELP = "Follow the file's links into other files, for files of your own."
SINGLE = (bool, int, float, str)


def parameters_of(endpoint: Endpoint) -> list[Parameter]:
    """As typer reads them from a function's signature."""
    fields = endpoint.Request.model_fields
    files = uploads(endpoint.Request)
    options = []
    own = endpoint.Request.__annotations__  # before what it has in common with others
    for name, field in sorted(fields.items(), key=lambda item: item[0] not in own):
        kind = Path if name in files else _single(field)
        if kind is bool:
            options.append(_flag(name, _help(field)))
        elif name == "date":
            options += _dates(_help(field))
        elif name != "file" and kind is not None:
            options.append(_single_value(name, kind, field))
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


def _single_value(name: str, kind: Any, field: "FieldInfo") -> Parameter:
    if field.is_required():
        return _parameter(name, kind, Parameter.empty, _help(field))
    default = field.get_default(call_default_factory=True)
    return _parameter(name, kind if default is not None else Optional[kind], default, _help(field))  # noqa: UP045


def _dates(text: str) -> list[Parameter]:
    """Options for one date or those of a period; which of them is needed, the question says."""
    return [
        _parameter("date", Optional[str], None, text),  # noqa: UP045
        _parameter("dates", Optional[str], None, DATES_HELP),  # noqa: UP045
        _parameter("every", int, 1, EVERY_HELP),
    ]


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

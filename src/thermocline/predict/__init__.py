"""Models are loaded and asked here: by the service, the command line, and notebooks.

    served = predict.load_model("build/models/SYSTEM")     # or "models:/NAME@champion"
    field = predict.ask(served, file="oisst.nc", members=16) # a CF dataset
    predict.write_netcdf(field, "finer.nc")

What a model can be asked, its system's endpoints say (`predict.endpoints(served)`): each has a
`Request` whose fields are the keywords of `ask`. Names are resolved on first use, so that importing
this package costs nothing.
"""

from importlib import import_module
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from thermocline.predict.answering import (
        FACTS,
        answer,
        answer_beside,
        ask,
        describe,
        endpoints,
        lines,
        question,
        sign,
    )
    from thermocline.predict.champion import load_champion, load_model
    from thermocline.predict.identity import Identity, ServedModel
    from thermocline.predict.registered import NotFetched, find_version
    from thermocline.predict.series import Dated, ask_each, questions, write_series
    from thermocline.predict.unfinished import unfinished_folder
    from thermocline.predict.writing import (
        answer_path,
        check_output,
        write_answer,
        write_netcdf,
    )
    from thermocline.predict.zipped import zipped_zarr

_ANSWERING = "FACTS answer answer_beside ask describe endpoints lines question sign"
_WRITING = "answer_path check_output write_answer write_netcdf"
_HOME = {
    **dict.fromkeys(_ANSWERING.split(), "answering"),
    **dict.fromkeys(("Identity", "ServedModel"), "identity"),
    **dict.fromkeys(("load_champion", "load_model"), "champion"),
    **dict.fromkeys(("NotFetched", "find_version"), "registered"),
    **dict.fromkeys(_WRITING.split(), "writing"),
    **dict.fromkeys(("Dated", "ask_each", "questions", "write_series"), "series"),
    "unfinished_folder": "unfinished",
    "zipped_zarr": "zipped",
}

__all__ = [
    "FACTS",
    "Dated",
    "Identity",
    "NotFetched",
    "ServedModel",
    "answer",
    "answer_beside",
    "answer_path",
    "ask",
    "ask_each",
    "check_output",
    "describe",
    "endpoints",
    "find_version",
    "lines",
    "load_champion",
    "load_model",
    "question",
    "questions",
    "sign",
    "unfinished_folder",
    "write_answer",
    "write_netcdf",
    "write_series",
    "zipped_zarr",
]


def __getattr__(name: str) -> Any:
    if name not in _HOME:
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    return getattr(import_module(f"{__name__}.{_HOME[name]}"), name)

"""What the command of an endpoint does."""

from pathlib import Path
from typing import Any

from thermocline.cli.answering import answering_of, print_model, progress_bar
from thermocline.cli.series import ask_for_dates
from thermocline.cli.stopping import ended_by_sigterm
from thermocline.errors import BadData
from thermocline.systems.endpoint import Endpoint

FIX_EVERY = 'give the period, too, such as --dates "2008-01/2008-12", or leave it out'


def ask(
    system: str,
    endpoint: Endpoint,
    output: Path,
    model: str | None,
    url: str | None,
    allow_external: bool = False,
    dates: str | None = None,
    every: int = 1,
    **values: Any,
) -> None:
    """Write the answer to a question, or those of the dates of a period; print what they say.

    Args:
        output: a file, or a folder where `dates` are given.
        values: the fields of the request.
    """
    from thermocline.borrowed import external_allowed
    from thermocline.memory import few_arenas

    if dates is None and every != 1:
        raise BadData("given without dates", where="every", fix=FIX_EVERY)
    few_arenas()  # tiles that are made side by side would leave each thread's memory behind
    with ended_by_sigterm(), external_allowed(allow_external):
        if dates is None:
            _once(system, endpoint, output, model, url, values)
        else:
            ask_for_dates(system, endpoint, output, model, url, dates, every, values)


def _once(
    system: str,
    endpoint: Endpoint,
    output: Path,
    model: str | None,
    url: str | None,
    values: dict[str, Any],
) -> None:
    from thermocline import predict

    output = predict.answer_path(output)
    predict.check_output(output, [each for each in values.values() if isinstance(each, Path)])
    predict.question(endpoint, **values)  # what is wrong with it is said before a model is loaded
    answering = answering_of(system, endpoint, model, url)
    with progress_bar(endpoint) as show:
        written, said = answering.make(values, output, show)
    first, *rest = predict.lines(endpoint, said)
    for line in (f"{written}: {first}", *rest):
        print(line)
    print_model(said)

"""From a reference such as `models:/NAME@champion`, `champion` or `3` to a registered version."""

from typing import Any

from thermocline.errors import BadFile
from thermocline.predict.champion import default_name as only_model
from thermocline.predict.reference import parse_reference

_ABSENT = ("RESOURCE_DOES_NOT_EXIST", "INVALID_PARAMETER_VALUE")


def resolve(client: Any, text: str, default_name: str | None = None) -> Any:
    """The `ModelVersion` a reference means (see `parse_reference` for what is understood).

    Args:
        client: what `thermocline.registry.tracking.connect` returns, or a `Reader`.
        default_name: the registered model that a bare alias or number is of; if None, that
            of the only registered model, if there is one alone.

    Raises:
        BadFile: if it is no reference, or the registry has no such version.
    """
    name, which = parse_reference(text, default_name or only_model(client))
    by_alias = client.get_model_version_by_alias
    try:
        return (client.get_model_version if which.isdigit() else by_alias)(name, which)
    except Exception as problem:
        code = getattr(problem, "error_code", None)
        if code is None:  # not MLflow's, nor the reader's
            raise
        if code not in _ABSENT:
            raise BadFile(
                f"the registry gave no answer: {problem}",
                where="MLflow registry",
                fix="check MLFLOW_TRACKING_URI, the server and the credentials",
            ) from problem
        raise BadFile(
            f"no {which!r} of {name!r}",
            where="MLflow registry",
            fix="see `thermocline models list`",
        ) from None

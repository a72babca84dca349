"""The parameters that a registered version was made with: by its files, or else by its run."""

from collections.abc import Mapping
from typing import Any

from thermocline.errors import BadConfig
from thermocline.files import read_object, temporary_directory
from thermocline.registry.origin.provenance import shown
from thermocline.registry.store.calls import if_there
from thermocline.registry.versions.lookup import fetch_part, system_of_version
from thermocline.systems.config import parse_config


def parameters_of(client: Any, version: Any) -> dict[str, str]:
    """Resolved parameters by dotted name; none if nobody wrote them down."""
    system = system_of_version(client, version)
    with temporary_directory() as scratch:
        lineage, training = (
            read_json(version, f"{system}/{name}.json", scratch) for name in ("lineage", "training")
        )
    return parameters(client, version, training, lineage)


def parameters(client: Any, version: Any, training: Any, lineage: Any) -> dict[str, str]:
    """The same from the version's training.json and lineage.json, if those were read already."""
    for found in (lineage.get("params"), training.get("params")):
        if isinstance(found, Mapping) and found:
            return shown(as_called_now(found), system_of_version(client, version))
    known = version.run_id
    run = if_there(client.get_run, known, any_refusal=True) if known else None
    return dict(run.data.params) if run else {}


def as_called_now(written: Mapping[str, Any]) -> dict[str, Any]:
    """Parameters under today's names of settings, as `params.yaml` may have earlier ones, too.

    What was not written down is not added: today's default says nothing of an earlier model. As
    they are, if `params.yaml` cannot say them any more.
    """
    try:
        config = parse_config(dict(written), where="lineage.json")
    except BadConfig:
        return dict(written)
    return config.model_dump(mode="json", exclude_unset=True)


def read_json(version: Any, part: str, scratch: str) -> dict[str, Any]:
    """A JSON object among the version's files; {} if it is not there."""
    path = fetch_part(version, part, scratch)
    return {} if path is None else read_object(path)

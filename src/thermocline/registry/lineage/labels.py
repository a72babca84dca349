"""The facts of a lineage as flat text: what a Bento's labels say, and `verify` compares."""

from collections.abc import Mapping

from thermocline.registry.lineage.parts import Lineage


def labels_of(system: str, found: Mapping[str, str]) -> dict[str, str]:
    """A Bento's labels of one system's model, without what they begin with.

    Bentos of before labels named systems have one set that names none.
    """
    begins = f"{system}."
    own = {key.removeprefix(begins): v for key, v in found.items() if key.startswith(begins)}
    return own or {key: value for key, value in found.items() if "." not in key}


def labels(
    name: str, version: str, digest: str, lineage: Lineage | None, system: str
) -> dict[str, str]:
    """Labels of a Bento that serves this version. BentoML wants text; absent facts are left out.

    Args:
        name, version: the registered model.
        digest: the model's digest.
        lineage: None for a model that was registered before lineages were stored.
        system: the model's.
    """
    facts = {"model": name, "model_version": version, "model_digest": digest}
    facts |= lineage.facts() if lineage else {}
    return {f"{system}.{key}": value for key, value in facts.items() if value}

"""What a system that is put together from parts says to the registry unless it says more."""

import json
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

from thermocline.systems.protocol import Card, Endpoint, Interface, Options, Verdict
from thermocline.verify.presentation import Presentation

TEMPLATE = Path(__file__).with_name("card.md.j2")


def verdict_of(presentation: Presentation) -> Verdict:
    """Models are compared by RMSE, with the presentation's words."""
    names = {method: full for method, (full, _) in presentation.names.items()}
    return Verdict(reference=presentation.reference, names=names, cases=presentation.cases)


def card_of(title: str, endpoints: Sequence[Endpoint]) -> Card:
    """A card of skill, without words on the method."""

    def facts(
        contract: Mapping[str, Any], rows: Sequence[Mapping[str, Any]], best: str = ""
    ) -> dict[str, Any]:
        words = Presentation.of_rows(rows)
        return {
            "title": title,
            "settings": {str(contract["system"]): contract.get("settings") or {}},
            "asked": lambda row: words.asked(str(row["protocol"]), float(row["density"])),
            "called": lambda method: words.name(str(method)),
            "route": endpoints[0].route if endpoints else "",
        }

    return Card(template=TEMPLATE, facts=facts)


def interface_of(endpoint: Endpoint) -> Interface:
    """MLflow's `predict` asks an endpoint: a column of requests as JSON in, fields by name out.

    The fields of several requests are stacked, [N, …]; they must be of one shape.
    """

    def signature(contract: Mapping[str, Any]) -> Any:
        from mlflow.models import ModelSignature
        from mlflow.types import ColSpec, Schema

        return ModelSignature(Schema([ColSpec("string", "request")]))

    def example() -> tuple[Any, dict[str, Any]]:
        import pandas as pd

        return pd.DataFrame({"request": [json.dumps(endpoint.example(None))]}), {}

    def predict(model: Any, given: Any, params: Mapping[str, Any]) -> dict[str, Any]:
        import numpy as np

        asked = [endpoint.Request.model_validate_json(text) for text in given["request"]]
        answers = [endpoint.answer(model, each, Options()) for each in asked]
        names = [str(name) for name in answers[0].data_vars]
        return {name: np.stack([answer[name].values for answer in answers]) for name in names}

    return Interface(signature=signature, example=example, predict=predict)

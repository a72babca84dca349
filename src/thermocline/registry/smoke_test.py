"""Whether a registered version still loads, and answers the examples of its endpoints."""

from thermocline.errors import BadData


def smoke_test(name: str, version: str) -> None:
    """Load a registered version and let it answer its endpoints' examples.

    Raises:
        ThermoclineError: if it cannot be loaded, or an answer is no field.
    """
    import numpy as np

    from thermocline import predict
    from thermocline.predict.champion import load_registered

    served = load_registered(name, version)
    for endpoint in predict.endpoints(served):
        answer = predict.ask(served, endpoint.route, **endpoint.example(served.model))
        # Land is NaN everywhere; a broken network makes all of the sea so, or infinite.
        fields = [v.values for v in answer.data_vars.values() if v.ndim and v.dtype.kind == "f"]
        if any(np.isnan(field).all() or np.isinf(field).any() for field in fields):
            raise BadData(
                f"its answer to {endpoint.route} is not finite", where=f"{name} version {version}"
            )

"""Files for containers: that what they name is there. Their form is checked by their own tools."""

import re
from pathlib import Path
from typing import Any

import pytest
import yaml
from bento.monitoring import Monitor
from bento.routes import methods
from prometheus_client import CollectorRegistry, generate_latest

ROOT = Path(__file__).parents[2]
DEPLOY = ROOT / "bento" / "deploy"
CODE = "\n".join(
    path.read_text(encoding="utf-8")
    for folder in ("bento", "src/thermocline")
    for path in (ROOT / folder).rglob("*.py")
)
OTHERS = {"POSTGRES_PASSWORD", "MLFLOW_TRACKING_USERNAME", "MLFLOW_TRACKING_PASSWORD"}
"""Variables that PostgreSQL's image and MLflow's client read."""


def found(content: Any, key: str) -> list[Any]:
    """The values of a key, at any depth."""
    if isinstance(content, list):
        return [value for each in content for value in found(each, key)]
    if not isinstance(content, dict):
        return []
    own = [content[key]] if key in content else []
    return own + [value for each in content.values() for value in found(each, key)]


@pytest.mark.parametrize("name", ["Dockerfile", "compose.yaml", "kubernetes.yaml"])
def test_variables_are_read_somewhere(name: str) -> None:
    text = (DEPLOY / name).read_text(encoding="utf-8")
    for variable in set(re.findall(r"\b(?:THERMOCLINE|MLFLOW|POSTGRES)_[A-Z_]+\b", text)) - OTHERS:
        known = variable in CODE or variable in ("POSTGRES_USER", "POSTGRES_DB")
        assert known, f"{variable}, which nothing reads"


def test_what_is_copied_is_there() -> None:
    text = (DEPLOY / "Dockerfile").read_text(encoding="utf-8")
    copied = [name for line in re.findall(r"^COPY (.*) \S+$", text, re.M) for name in line.split()]
    assert {"requirements.lock", "src", "bento"} <= set(copied)
    assert all((ROOT / name).exists() for name in copied)
    assert "bento.service:Thermocline" in text


def test_kubernetes_asks_what_the_service_answers() -> None:
    pods, service, scaler = yaml.safe_load_all((DEPLOY / "kubernetes.yaml").read_text())
    paths = [each["path"] for each in found(pods, "httpGet")]
    paths += [each["prometheus.io/path"] for each in found(pods, "annotations")]
    assert set(paths) == {"/livez", "/readyz", "/metrics"} <= set(methods())
    labels = pods["spec"]["template"]["metadata"]["labels"]
    assert service["spec"]["selector"] == labels == pods["spec"]["selector"]["matchLabels"]
    assert scaler["spec"]["scaleTargetRef"]["kind"] == pods["kind"]
    registry = CollectorRegistry()
    Monitor(None, registry=registry)
    (metric,) = found(scaler, "metric")
    assert f"# TYPE {metric['name']} gauge" in generate_latest(registry).decode()

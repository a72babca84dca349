"""MLflow: logging, packaging, the promotion gate, lineage."""

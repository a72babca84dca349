"""MLflow servers for one person or a team."""

"""Who was champion when: an append-only log, of which MLflow's aliases are the copy."""

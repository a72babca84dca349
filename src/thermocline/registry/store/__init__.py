"""MLflow's store: connected to, read without MLflow, and the names of what is kept in it."""

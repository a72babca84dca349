"""Moving a registered model, with its lineage, from one tracking server to another."""

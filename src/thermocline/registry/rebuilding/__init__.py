"""A registered model trained again from its lineage, and how far it is the same."""

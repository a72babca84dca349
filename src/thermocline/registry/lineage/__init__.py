"""Lineage: where a registered model comes from, told and checked link by link."""

"""Classical mapping methods: the reference for learned systems."""

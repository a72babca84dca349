"""A trained model becomes a registered version; versions are evaluated again, and deleted."""

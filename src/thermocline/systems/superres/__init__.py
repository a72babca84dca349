"""The `superres` system: sea-surface temperature, several times finer."""

"""Real data from their providers, under the providers' own names, ready for `dvc repro`."""

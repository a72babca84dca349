"""MLflow: tracked runs, packaged models, and the test that a model passes to become champion."""

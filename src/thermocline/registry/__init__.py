"""MLflow: tracked runs, packaged models, and the gate a model passes to become champion."""

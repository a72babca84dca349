"""MLflow: tracked runs, registered versions, and the test that a model passes to become champion.

    transfer      an export of a version, and its import into another server
    rebuilding    a registered model trained again, and how far it is the same
    servers       MLflow servers for one person or a team
    registration  a trained model becomes a registered version
    comparing     two versions side by side
    cards         model cards
    lineage       from what serves a model down to the raw files, told and checked
    promotion     the promotion test, what it decides, and the way back
    aliases       who was champion when: an append-only log
    versions      registered versions: found, intact, evaluated
    runs          runs of trainings, sweeps and their trials
    origin        where a model comes from: tree, data, environment, and the record of them
    store         MLflow's store: connected to, and read without MLflow

Each imports only from those below it (the layers are in pyproject.toml).
"""

"""Our calls of the providers' clients fit the signatures that their documentation gives.

The clients need not be installed: the signatures are written down here, with the version they are
of. Where a client is installed, what is written down is compared with it.
"""

import importlib
import inspect
from types import SimpleNamespace

import pytest

from thermocline.fetch import clients
from thermocline.fetch.request import Period, Region, Request

DOCUMENTED = {
    # copernicusmarine 2.5
    "copernicusmarine:subset": (
        *("dataset_id", "variables", "minimum_longitude", "maximum_longitude"),
        *("minimum_latitude", "maximum_latitude", "start_datetime", "end_datetime"),
        *("output_filename", "output_directory", "overwrite", "dry_run", "disable_progress_bar"),
    ),
    # intake-esgf 2025.10
    "intake_esgf:ESGFCatalog.search": ("self", "quiet", "file_start", "file_end"),
    "intake_esgf:ESGFCatalog.to_path_dict": ("self", "prefer_streaming", "quiet"),
    "intake_esgf:conf.set": ("local_cache",),
    # argopy 1.5
    "argopy.stores.index.implementations.pandas.index:indexstore.read_files": (
        *("self", "index", "multi"),
    ),
    "argopy.stores.index.implementations.pandas.search_engine:SearchEngine.box": (
        *("self", "BOX", "nrows", "composed"),
    ),
    "argopy.stores.index.spec:ArgoIndexStoreProto.__init__": ("self", "host", "index_file"),
}


@pytest.mark.parametrize("name", DOCUMENTED)
def test_documented_names_are_those_of_the_installed_client(name):
    module, _, path = name.partition(":")
    try:
        found = importlib.import_module(module)
    except ImportError:
        pytest.skip(f"{module.partition('.')[0]} is not installed")
    for part in path.split("."):
        found = getattr(found, part)
    assert set(DOCUMENTED[name]) <= set(inspect.signature(found).parameters)


def test_the_arguments_given_to_copernicus_are_documented(monkeypatch, tmp_path):
    given: set[str] = set()

    def subset(**arguments):
        given.update(arguments)
        return SimpleNamespace(filename="x.nc", data_transfer_size=None)

    monkeypatch.setattr(clients, "client", lambda name: SimpleNamespace(subset=subset))
    request = Request(Period.parse("2008-03"), Region.parse("0,0,10,10"), ("thetao",))
    plan = clients.copernicus("some", request, None)
    plan.items[0].get(tmp_path, tmp_path, lambda done, of: None)
    assert given == set(DOCUMENTED["copernicusmarine:subset"])

"""What a Dask worker calls. The scheduler imports this module too, so it is a small one."""

import pickle


def call(work: bytes) -> object:
    """A function of its argument, both pickled by `cluster`, with the memory that a worker has.

    They come as bytes so that a scheduler does not import all that they are made of.
    """
    from distributed import get_worker

    from thermocline.prepare.blocks import room

    with room(get_worker().memory_manager.memory_limit):
        function, item = pickle.loads(work)
        return function(item)

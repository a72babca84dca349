"""What a Dask worker calls. The scheduler imports this module too, so it is a small one."""

import pickle


def call(work: bytes) -> object:
    """A function of its argument, both pickled by `cluster`, with the memory that a worker has.

    They come as bytes so that a scheduler does not import all that they are made of.
    """
    from distributed import get_worker

    from thermocline.prepare.blocks import room

    memory = get_worker().memory_manager
    # Above this share of its limit a worker takes no more tasks, and would wait for ever.
    usable = memory.memory_limit and int(memory.memory_limit * (memory.memory_pause_fraction or 1))
    with room(usable):
        function, item = pickle.loads(work)
        return function(item)

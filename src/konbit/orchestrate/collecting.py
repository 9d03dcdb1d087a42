"""Garbage is collected in a thread of its own, in every process that keeps its data in SQLite and has several threads.

A cursor in a cycle of garbage is closed by whichever thread happens to collect it, and closing one waits for its connection,
which another thread may have waiting for a locked database. If the thread that collects holds that lock, or is the event loop
that its holder needs, both wait for each other until SQLite gives up: sixty seconds in Prefect's server, again and again under
load (docs/decisions/0011-garbage-is-collected-apart.md).
"""

import gc
import threading
import time

SECONDS = 0.5
"""Between two looks at the youngest objects."""
MIDDLE = 10
OLD = 100
"""After how many looks the middle generation and everything is looked at, as CPython does by itself."""
NAME = "konbit-garbage"


def apart() -> None:
    """From now on garbage is collected in a thread of its own; what is loaded by now is not looked at again.

    Nothing happens when it is called a second time.
    """
    if any(thread.name == NAME for thread in threading.enumerate()):
        return
    gc.disable()
    gc.collect()
    gc.freeze()
    threading.Thread(target=_collect, name=NAME, daemon=True).start()


def _collect() -> None:
    looks = 0
    while True:
        time.sleep(SECONDS)
        looks += 1
        gc.collect(2 if looks % OLD == 0 else 1 if looks % MIDDLE == 0 else 0)

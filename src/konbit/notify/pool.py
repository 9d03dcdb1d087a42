"""Threads for the sends of one account: used again, and left behind with a send that hangs."""

import queue
import threading
from collections.abc import Callable

Work = Callable[[], None]
IDLE = 10.0
"""Seconds after which a thread that has nothing to do ends."""


class Pool:
    """Runs each piece of work at once, in an idle thread or a new one. Whoever submits bounds how many there are."""

    def __init__(self, name: str, keep: int) -> None:
        """`keep` is how many threads may wait for more work."""
        self._name, self._keep = name, keep
        self._queue: queue.SimpleQueue[Work | None] = queue.SimpleQueue()
        self._lock = threading.Lock()
        self._idle = 0
        self._closed = False

    def submit(self, work: Work) -> None:
        """Begins the work in a thread; it must not raise."""
        with self._lock:
            reused = self._idle > 0
            if reused:
                self._idle -= 1
        if reused:
            self._queue.put(work)
        else:
            threading.Thread(target=self._run, args=(work,), name=self._name, daemon=True).start()

    def close(self) -> None:
        """Ends the threads that wait; those at work end with it."""
        with self._lock:
            self._closed = True
            idle, self._idle = self._idle, 0
        for _ in range(idle):
            self._queue.put(None)

    def _run(self, work: Work | None) -> None:
        while work is not None:
            work()
            with self._lock:
                if self._closed or self._idle >= self._keep:
                    return
                self._idle += 1
            work = self._next()

    def _next(self) -> Work | None:
        """What comes next; None once nothing has come for a while."""
        while True:
            try:
                return self._queue.get(timeout=IDLE)
            except queue.Empty:
                with self._lock:
                    if self._idle > 0:
                        self._idle -= 1
                        return None
                # Somebody counts on this thread: its work is about to come.

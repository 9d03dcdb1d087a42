"""A sender in a process of its own, which the tests kill: `python -m tests.failures.sender_process DB URL WORKERS NOW`."""

import datetime as dt
import sys
import time

from konbit.notify.dispatch import Dispatcher, Limits
from konbit.notify.retry import next_step
from konbit.orchestrate.sending import Adapter, Outbox
from konbit.store.database import Store
from konbit.testing.phones import Now
from tests.failures.yard import hooks


def main() -> None:
    """Sends until it is killed."""
    path, _, workers, now = sys.argv[1:]
    store = Store(f"sqlite:///{path}", durability="normal")
    service = Dispatcher(
        Outbox(store, next_step),
        hooks(workers=int(workers)),
        Adapter(),
        Now(dt.datetime.fromisoformat(now)),
        owner="doomed",
        limits=Limits(poll=0.02, batch_age=0.02),
    )
    service.start()
    time.sleep(60)


if __name__ == "__main__":
    main()

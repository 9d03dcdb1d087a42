"""What DBOS does with the same tasks; run by an interpreter of its own, in which only DBOS is installed.

`latency FOLDER ROUNDS POLL` prints the seconds from a message that was sent by another process to the start of the next step;
`serve FOLDER ROUNDS POLL` is that other side; `chain FOLDER STEPS SYNCHRONOUS` prints the seconds that a chain of steps takes.
"""

import json
import subprocess
import sys
import time
from pathlib import Path

import sqlalchemy as sa
from dbos import DBOS, DBOSClient, DBOSConfig

started: dict[str, float] = {}


@DBOS.step()
def tell(number: int) -> int:
    started[str(DBOS.workflow_id)] = time.time()
    return number


@DBOS.workflow()
def question() -> None:
    DBOS.recv("answer", timeout_seconds=60)
    tell(1)


@DBOS.workflow()
def chain(steps: int) -> int:
    total = 0
    for number in range(steps):
        total += tell(number)
    return total


def url(folder: Path) -> str:
    return f"sqlite:///{folder / 'dbos.sqlite'}"


def launch(folder: Path, poll: float, synchronous: str = "FULL") -> None:
    engine = sa.create_engine(url(folder))

    @sa.event.listens_for(engine, "connect")
    def connected(connection: object, _record: object) -> None:
        connection.execute("PRAGMA journal_mode = WAL")  # type: ignore[attr-defined]
        connection.execute(f"PRAGMA synchronous = {synchronous}")  # type: ignore[attr-defined]
        connection.execute("PRAGMA busy_timeout = 30000")  # type: ignore[attr-defined]

    config: DBOSConfig = {
        "name": "bench",
        "system_database_url": url(folder),
        "system_database_engine": engine,
        "notification_listener_polling_interval_sec": poll,
        "log_level": "ERROR",
    }
    DBOS(config=config)
    DBOS.launch()


def latency(folder: Path, rounds: int, poll: float) -> list[float]:
    """One process answers, this one goes on."""
    launch(folder, poll)
    command = [sys.executable, __file__, "answer", str(folder)]
    with subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True) as other:
        assert other.stdin
        assert other.stdout
        took = []
        for _ in range(rounds + 1):
            handle = DBOS.start_workflow(question)
            time.sleep(1.0)
            other.stdin.write(handle.workflow_id + "\n")
            other.stdin.flush()
            sent = float(other.stdout.readline())
            handle.get_result()
            took.append(started[handle.workflow_id] - sent)
        other.stdin.close()
    return took[1:]


def answer(folder: Path) -> None:
    client = DBOSClient(system_database_url=url(folder))
    for line in sys.stdin:
        client.send(line.strip(), "listed", "answer")
        print(time.time(), flush=True)


def main() -> None:
    what, folder, *rest = sys.argv[1:]
    if what == "latency":
        print(json.dumps(latency(Path(folder), int(rest[0]), float(rest[1]))))
    elif what == "answer":
        answer(Path(folder))
        return
    else:
        launch(Path(folder), 1.0, rest[1])
        chain(10)
        began = time.perf_counter()
        chain(int(rest[0]))
        print(json.dumps(time.perf_counter() - began))
    DBOS.destroy()


main()

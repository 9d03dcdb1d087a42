"""What holds for every test: no settings of this machine leak in, no other machine is spoken to, no lucky deadlines."""

import gc
import ipaddress
import os
import sys

import hypothesis

KEPT = ("KONBIT_TEST_POSTGRES", "KONBIT_EXTERNAL_DATA", "KONBIT_UPDATE_GOLDENS", "KONBIT_CI_RESULTS")
"""What tells tests, not Konbit, what to do."""


def _forget_the_machine() -> None:
    """Settings of Konbit and Prefect that this machine has for its own use are not the tests'."""
    for name in list(os.environ):
        if name.startswith(("KONBIT_", "PREFECT_")) and name not in KEPT:
            del os.environ[name]
    os.environ["DO_NOT_TRACK"] = "1"


def _stay_on_this_machine(event: str, arguments: tuple[object, ...]) -> None:
    """Refuses a connection to anywhere else, before a packet leaves: a test that needs the network is wrong."""
    if event != "socket.connect" or len(arguments) != 2:
        return
    address = arguments[1]
    if not isinstance(address, tuple) or not address:
        return
    try:
        local = ipaddress.ip_address(str(address[0]).partition("%")[0]).is_loopback
    except ValueError:
        local = address[0] in ("localhost", "")
    if not local:
        raise PermissionError(f"a test wants to connect to {address[0]}: only this machine is allowed")


def pytest_collection_finish() -> None:
    """What was collected lives until the end: the garbage collector need not look at it again and again."""
    gc.collect()
    gc.freeze()
    gc.set_threshold(5000, 20, 20)


_forget_the_machine()
sys.addaudithook(_stay_on_this_machine)
# A busy machine is slow now and then; whether a property holds has nothing to do with that.
hypothesis.settings.register_profile(
    "konbit", deadline=None, derandomize="CI" in os.environ, print_blob=True, max_examples=40
)
# `pytest --hypothesis-profile thorough`, as long as one likes to wait.
hypothesis.settings.register_profile("thorough", deadline=None, print_blob=True, max_examples=1000)
hypothesis.settings.load_profile("konbit")

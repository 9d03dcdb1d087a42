"""A secret that is kept in a Secret block of Prefect."""

import contextvars
import functools
import threading

import pytest
from prefect.blocks.system import Secret
from prefect.client.orchestration import SyncPrefectClient

from konbit.notify.vault import NoSecret, Vault
from konbit.orchestrate.blocks import read_secret

pytestmark = pytest.mark.prefect


def test_a_secret_is_read_from_its_block_in_a_thread_that_sends(client: SyncPrefectClient) -> None:
    block: Secret[str] = Secret(value="canary-of-a-block")
    block.save("konbit-test-secret", overwrite=True)
    found: list[str] = []
    vault = Vault({"prefect": read_secret})
    # The address of the tests' server is in the context of this thread; in production it is in the environment.
    mine = contextvars.copy_context()
    reads = functools.partial(mine.run, lambda: found.append(vault.read("prefect:konbit-test-secret")))
    thread = threading.Thread(target=reads)
    thread.start()
    thread.join(30)
    assert found == ["canary-of-a-block"]


def test_a_block_that_is_not_there_is_said_by_its_name(client: SyncPrefectClient) -> None:
    with pytest.raises(NoSecret, match="prefect:no-such-block cannot be read"):
        Vault({"prefect": read_secret}).read("prefect:no-such-block")

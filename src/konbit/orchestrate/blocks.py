"""Secrets that are kept in Prefect: `prefect:block-name` is the value of the Secret block of that name."""

import asyncio

from prefect.blocks.system import Secret


def read_secret(name: str) -> str:
    """The secret in a block; whatever Prefect raises if there is none or Prefect does not answer.

    Called from the threads that send, in which no event loop runs.
    """
    return asyncio.run(_read(name))


async def _read(name: str) -> str:
    block: Secret[str] = await Secret.aload(name)
    return str(block.get())

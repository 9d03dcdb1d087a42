"""Drills have credentials of their own: the process that sends them is given no other, and refuses to start if it is.

The false alert of Hawaii in 2018 went out because the test and the real thing were one tool apart by a click. Here they
are two sets of accounts.
"""

import contextlib
from collections.abc import Iterable, Mapping
from typing import Literal

from konbit.definition.base import Mode
from konbit.errors import UserError
from konbit.notify.channels import ChannelAccount
from konbit.notify.vault import NoSecret, Reader

Sends = Literal["drill", "actual", "both"]
"""What a process sends: `both` only where nobody has asked for the separation yet."""


class MixedCredentials(UserError):
    """A process that sends drills was given credentials with which people can be reached for real."""


def require_separate(
    accounts: Mapping[str, ChannelAccount], sends: Sends, read: Reader | None = None
) -> None:
    """Raises `MixedCredentials` if a process that sends `sends` holds an account it must not hold, or a secret serves both.

    The message names accounts, never what is in them. `read` gives the secret behind a reference; what it cannot read is
    compared by the reference alone.
    """
    other: dict[Sends, Mode] = {"drill": "actual", "actual": "drill"}
    if sends in other:
        wrong = sorted(name for name, account in accounts.items() if account.allows(other[sends]))
        if wrong:
            raise MixedCredentials(
                f"this process sends {sends} messages only (KONBIT_SENDS={sends}), but was given the accounts "
                f"{', '.join(wrong)}, which may send {other[sends]} ones; give it accounts with `mode: {sends}`"
            )
    _refuse_shared(accounts.values(), read)


def _refuse_shared(accounts: Iterable[ChannelAccount], read: Reader | None) -> None:
    """The same secret under two names is one credential."""
    held: dict[str, dict[str, str]] = {"drill": {}, "actual": {}, "both": {}}
    for account in accounts:
        for reference in _references(account.model_dump(mode="json")):
            held[account.mode][reference] = account.name
            if read is not None:
                with contextlib.suppress(NoSecret):
                    held[account.mode][read(reference)] = account.name
    for secret in held["drill"].keys() & held["actual"].keys():
        raise MixedCredentials(
            f"the accounts {held['drill'][secret]} (drill) and {held['actual'][secret]} (actual) have the same secret; "
            "drills need credentials of their own"
        )


def _references(value: object) -> set[str]:
    """Every reference to a secret in the settings of an account, however deep."""
    if isinstance(value, str):
        return {value} if value.startswith(("env:", "file:", "prefect:")) else set()
    if isinstance(value, Mapping):
        return set().union(*(_references(one) for one in value.values()))
    if isinstance(value, list):
        return set().union(*(_references(one) for one in value))
    return set()

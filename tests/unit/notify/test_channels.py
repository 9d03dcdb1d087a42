"""Channel accounts are typed settings that refuse what would leak or redirect."""

from typing import Any

import pytest

from konbit.definition.base import Mode
from konbit.notify.accounts import InvalidAccount, MailAccount, read_accounts, secrets_of, serves
from konbit.notify.channels import ChannelAccount
from konbit.notify.vault import Vault

MAIL: dict[str, Any] = {
    "kind": "mail",
    "name": "mail",
    "host": "smtp.example.org",
    "sender_address": "desk@Example.org",
}
HOOK: dict[str, Any] = {"kind": "webhook", "name": "hooks"}


def _account(settings: dict[str, Any]) -> ChannelAccount:
    (account,) = read_accounts([settings]).values()
    return account


@pytest.mark.parametrize(("secure", "port"), [("none", 25), ("starttls", 587), ("ssl", 465)])
def test_the_usual_port_follows_from_the_security(secure: str, port: int) -> None:
    account = _account({**MAIL, "secure": secure})
    assert isinstance(account, MailAccount)
    assert account.real_port == port
    assert account.sender_address == "desk@example.org"


@pytest.mark.parametrize(
    "wrong",
    [
        {"host": "smtp://smtp.example.org"},
        {"host": "smtp.example.org/x"},
        {"host": ""},
        {"port": 70_000},
        {"sender_address": "desk@example.org, b@example.org"},
        {"sender_name": "Desk\r\nBcc: b@example.org"},
        {"sender_name": "Desk <b@example.org>"},
        {"user": "desk"},
        {"password": "env:SECRET"},
        {"user": "desk", "password": "env:SECRET", "secure": "none"},
        {"user": "desk", "password": "hunter2-secret"},
        {"name": "Mail One"},
        {"workers": 0},
        {"url": "mailto://desk:hunter2@example.org"},
    ],
)
def test_a_mail_account_with_a_dangerous_setting_is_refused(wrong: dict[str, Any]) -> None:
    with pytest.raises(InvalidAccount) as caught:
        _account({**MAIL, **wrong})
    assert "hunter2" not in str(caught.value)


@pytest.mark.parametrize(
    "headers",
    [
        {"Host": "env:A"},
        {"content-length": "env:A"},
        {"X Key": "env:A"},
        {"X-Key": "env:A\r\nX-Other: b"},
        {"X-Key": "written-here"},
    ],
)
def test_a_header_that_would_change_the_request_is_refused(headers: dict[str, str]) -> None:
    with pytest.raises(InvalidAccount):
        _account({**HOOK, "headers": headers})


def test_an_account_refers_to_its_secrets_and_holds_none(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("MAIL_PASSWORD", "canary-1")
    mail = _account({**MAIL, "user": "desk", "password": "env:MAIL_PASSWORD"})
    vault = Vault()
    assert secrets_of(mail) == ["env:MAIL_PASSWORD"]
    assert vault.read("env:MAIL_PASSWORD") == "canary-1"
    assert "canary" not in f"{mail!r}{mail.model_dump_json()}{vault!r}{vars(vault).keys()}"


@pytest.mark.parametrize(
    ("account_mode", "mode", "allowed"),
    [
        ("drill", "drill", True),
        ("drill", "actual", False),
        ("actual", "drill", False),
        ("both", "actual", True),
    ],
)
def test_an_account_serves_its_mode_only(account_mode: str, mode: Mode, *, allowed: bool) -> None:
    assert _account({**MAIL, "mode": account_mode}).allows(mode) is allowed


def test_an_account_serves_one_kind_of_address() -> None:
    assert serves(_account(MAIL), "mail")
    assert not serves(_account(HOOK), "sms")


def test_an_error_says_which_account_which_setting_and_what_is_allowed() -> None:
    with pytest.raises(InvalidAccount) as caught:
        read_accounts([MAIL, {**HOOK, "format": "xml"}])
    assert str(caught.value) == "channel account 2: webhook.format: Input should be 'json' or 'form'"


def test_two_accounts_of_one_name_are_refused() -> None:
    with pytest.raises(InvalidAccount, match="channel account 2: the name mail is taken"):
        read_accounts([MAIL, MAIL])

"""Group 20: requests to the inside: other spellings, metadata services, rebinding, redirects, files, includes: refused."""

import socket
from pathlib import Path
from typing import Any

import pytest

from konbit.domain.delivery import Permanent
from konbit.errors import UserError
from konbit.notify.address import InvalidAddress, canonical
from konbit.notify.sender import AppriseAdapter
from konbit.orchestrate.wiring import channel_accounts
from konbit.testing.providers import Provider
from tests.contracts.outbox import a_delivery
from tests.failures.yard import SNAPPY, hooks

INSIDE = (
    "http://127.0.0.1/", "http://[::1]/", "http://2130706433/", "http://0x7f.1/", "http://0177.0.0.1/",
    "http://[::ffff:127.0.0.1]/", "http://[::ffff:169.254.169.254]/", "http://169.254.169.254/latest/meta-data",
    "http://10.0.0.1/", "http://172.16.0.1/", "http://192.168.1.1/", "http://100.64.0.1/", "http://[fd00::1]/",
    "http://[64:ff9b::7f00:1]/", "http://0.0.0.0/", "http://localhost/", "http://metadata/", "http://router.lan/",
    "file:///etc/passwd", "gopher://example.org/", "https://user:pw@example.org/", "http://100.100.100.200/",
)  # fmt: skip


@pytest.mark.parametrize("url", INSIDE)
def test_an_address_inside_is_refused_at_entry(url: str) -> None:
    with pytest.raises(InvalidAddress):
        canonical("webhook", url)


@pytest.mark.parametrize("scheme", ["http", "https"])
@pytest.mark.parametrize("inner", ["127.0.0.1", "169.254.169.254", "10.0.0.8", "::1"])
def test_a_name_that_turns_to_the_inside_after_it_was_entered_is_refused_at_the_send(
    monkeypatch: pytest.MonkeyPatch, scheme: str, inner: str
) -> None:
    address = canonical("webhook", f"{scheme}://hooks.example.org/a")
    family = socket.AF_INET6 if ":" in inner else socket.AF_INET
    monkeypatch.setattr(socket, "getaddrinfo", lambda *_, **__: [(family, 1, 6, "", (inner, 80))])
    account = hooks(allow_loopback=False)["hooks"]
    delivery = a_delivery(channel="webhook", account="hooks", address=address)
    assert AppriseAdapter(SNAPPY).send(account, delivery) == Permanent("forbidden_host")


def test_a_name_is_looked_up_once_and_that_address_is_connected_to(monkeypatch: pytest.MonkeyPatch) -> None:
    """DNS rebinding: a second answer, which points inside, is never asked for."""
    asked: list[str] = []
    real = socket.getaddrinfo

    def resolver(host: str, *rest: Any, **more: Any) -> Any:
        if host == "hooks.example.org":
            asked.append(host)
            host = "127.0.0.1" if len(asked) == 1 else "127.0.0.2"
        return real(host, *rest, **more)

    monkeypatch.setattr(socket, "getaddrinfo", resolver)
    with Provider() as provider:
        address = f"http://hooks.example.org:{provider.port}/a"
        AppriseAdapter(SNAPPY).send(
            hooks()["hooks"], a_delivery(channel="webhook", account="hooks", address=address)
        )
        assert provider.taken == ["/a"]
        assert provider.requests[0].headers["host"] == f"hooks.example.org:{provider.port}"
    assert asked == ["hooks.example.org"]


class _Redirects(Provider):
    """Sends whoever posts on to somewhere else on this machine."""

    def answer(self, request: Any) -> Any:
        said = super().answer(request)
        return type(said)(307, {}, headers={"Location": f"{self.url}/inner"})


def test_a_redirect_is_not_followed() -> None:
    with _Redirects() as provider:
        delivery = a_delivery(channel="webhook", account="hooks", address=f"{provider.url}/a")
        assert AppriseAdapter(SNAPPY).send(hooks()["hooks"], delivery) == Permanent("redirected")
        assert [request.target for request in provider.requests] == ["/a"]


@pytest.mark.parametrize(
    "text",
    [
        "include: /etc/passwd\n",
        "accounts: !include /etc/passwd\n",
        "accounts: [{name: a, kind: webhook, url: file:///etc/passwd}]\n",
        "accounts: [{name: a, kind: mail, host: 'smtp.example.org/../x', sender_address: a@example.org}]\n",
        "accounts: [{name: a, kind: webhook, headers: {X-Key: '${HOME}'}}]\n",
        "accounts: [{name: a, kind: signal, url: 'http://169.254.169.254', sender: '+12025550100'}]\n",
    ],
)
def test_a_channels_file_includes_nothing_and_reaches_nothing_inside(tmp_path: Path, text: str) -> None:
    file = tmp_path / "channels.yaml"
    file.write_text(text)
    with pytest.raises(UserError) as caught:
        channel_accounts(file)
    assert "root:" not in str(caught.value)

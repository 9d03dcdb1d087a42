"""Secrets are read by reference, when they are needed, and an error never tells one."""

from pathlib import Path

import pytest

from konbit.notify.vault import NoSecret, Vault


def test_a_secret_comes_from_the_environment_a_file_or_whoever_reads_its_scheme(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    monkeypatch.setenv("TWILIO_TOKEN", "from env")
    file = tmp_path / "token"
    file.write_text("from file\n")
    vault = Vault({"prefect": lambda name: f"block {name}"})
    assert vault.read("env:TWILIO_TOKEN") == "from env"
    assert vault.read(f"file:{file}") == "from file"
    assert vault.read("prefect:sms-token") == "block sms-token"


def test_a_secret_is_read_again_after_a_while_so_that_it_can_be_changed(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setenv("A", "old")
    vault = Vault()
    assert vault.read("env:A") == "old"
    monkeypatch.setenv("A", "new")
    assert vault.read("env:A") == "old"
    monkeypatch.setattr("konbit.notify.vault.FRESH", 0.0)
    assert vault.read("env:A") == "new"


@pytest.mark.parametrize("content", ["", "\n", "canary\nsecond line", "canary\x00", "canary" * 20_000])
def test_what_cannot_be_a_secret_is_refused_without_being_told(tmp_path: Path, content: str) -> None:
    file = tmp_path / "secret"
    file.write_text(content)
    with pytest.raises(NoSecret) as caught:
        Vault().read(f"file:{file}")
    assert "canary" not in str(caught.value)


def test_a_reader_that_fails_with_the_secret_in_its_text_does_not_give_it_away() -> None:
    def leaky(_: str) -> str:
        raise ValueError("canary")

    with pytest.raises(NoSecret) as caught:
        Vault({"prefect": leaky}).read("prefect:token")
    assert str(caught.value) == "the secret prefect:token cannot be read (ValueError)"
    assert caught.value.__cause__ is None


def test_a_scheme_that_nobody_reads_is_said(monkeypatch: pytest.MonkeyPatch) -> None:
    with pytest.raises(NoSecret, match="nothing reads 'prefect:'"):
        Vault().read("prefect:token")

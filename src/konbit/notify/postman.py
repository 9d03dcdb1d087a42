"""SMTP for the mail plug-in of Apprise: the same conversation, with each answer of the server noted in the flight.

What the server says to the sender, the recipient and the end of the text decides whether a mail was refused for certain or
may have been taken; the plug-in drops it.
"""

import smtplib
from typing import Any

from konbit.notify.flight import Reply, Stage, current


def _note(stage: Stage, code: int) -> None:
    current().replies.append(Reply(code, stage=stage))


class _Watched(smtplib.SMTP):
    """A conversation that its flight can break off."""

    def connect(
        self, host: str = "localhost", port: int = 0, source_address: Any = None
    ) -> tuple[int, bytes]:
        """Connects, and takes the greeting."""
        code, words = super().connect(host, port, source_address)
        current().hold(self)
        if code != 220:
            _note("greeting", code)
        return code, words

    def auth(self, mechanism: str, authobject: Any, *, initial_response_ok: bool = True) -> tuple[int, bytes]:
        """Logs in by one mechanism."""
        try:
            return super().auth(mechanism, authobject, initial_response_ok=initial_response_ok)
        except smtplib.SMTPAuthenticationError as error:
            _note("login", error.smtp_code)
            raise

    def mail(self, sender: str, options: Any = ()) -> tuple[int, bytes]:
        """Says who sends."""
        code, words = super().mail(sender, options)
        _note("sender", code)
        return code, words

    def rcpt(self, recip: str, options: Any = ()) -> tuple[int, bytes]:
        """Says to whom."""
        code, words = super().rcpt(recip, options)
        _note("recipient", code)
        return code, words

    def data(self, msg: Any) -> tuple[int, bytes]:
        """Sends the text; from here on it may have been taken."""
        flight = current()
        flight.left = True
        try:
            code, words = super().data(msg)
        except smtplib.SMTPDataError as error:
            # The server refused to be given the text at all.
            flight.left = False
            _note("data", error.smtp_code)
            raise
        _note("sent", code)
        return code, words


class _WatchedTls(_Watched, smtplib.SMTP_SSL):
    """The same over TLS from the start."""


class Postman:
    """Stands in for the module `smtplib` in the mail plug-in."""

    SMTP = _Watched
    SMTP_SSL = _WatchedTls

    def __getattr__(self, name: str) -> Any:
        """Whatever else the plug-in uses of `smtplib`: its exceptions."""
        return getattr(smtplib, name)

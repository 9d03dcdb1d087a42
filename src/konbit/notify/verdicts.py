"""What became of a message, judged by what the provider answered.

Only what is certain is called so: a refusal in the provider's own words, or a connection that never stood. A broken
connection, a time-out and a failure of the server are *unknown*, for the message may have been taken before.
"""

import datetime as dt
import email.utils
import json
from collections.abc import Callable, Mapping
from typing import Any

from konbit.clock import UTC, wall_now
from konbit.domain.delivery import (
    Accepted,
    Permanent,
    Refused,
    SendResult,
    Stopped,
    Temporary,
    Throttled,
    Unknown,
)
from konbit.notify.channels import ChannelAccount
from konbit.notify.flight import Flight, Reply

_LONGEST_WAIT = dt.timedelta(hours=24)
_NEVER_LEFT = frozenset({"unreachable", "unknown_host"})
Table = Mapping[str, SendResult]

# https://www.twilio.com/docs/api/errors
_TWILIO: Table = {
    **dict.fromkeys(("21610",), Stopped("opted_out")),
    **dict.fromkeys(("21211", "21214", "21217", "21614", "63003", "63024"), Permanent("invalid_address")),
    **dict.fromkeys(("21408", "21215", "21612"), Permanent("not_permitted")),
    "21617": Permanent("too_long"),
    "63016": Permanent("outside_window"),
    **dict.fromkeys(("20003", "20005", "20404", "21210", "21212", "21606", "21659"), Refused("account")),
    **dict.fromkeys(("14107", "20429", "21611", "63018"), Throttled("rate")),
}
# https://developer.vonage.com/en/messaging/sms/guides/troubleshooting-sms
_VONAGE: Table = {
    "1": Throttled("rate"),
    **dict.fromkeys(("2", "3", "22", "33"), Permanent("not_permitted")),
    "5": Unknown("provider_failed"),
    "6": Permanent("invalid_address"),
    "7": Stopped("barred"),
    "12": Permanent("too_long"),
    "29": Permanent("not_permitted"),
    **dict.fromkeys(("4", "8", "9", "10", "11", "14", "15"), Refused("account")),
}
# https://developers.facebook.com/docs/whatsapp/cloud-api/support/error-codes
_META: Table = {
    **dict.fromkeys(("4", "80007", "130429", "131048", "131056"), Throttled("rate")),
    **dict.fromkeys(("0", "3", "10", "190", "200", "368", "131031", "131042", "131005"), Refused("account")),
    **dict.fromkeys(("132000", "132001", "132005", "132007", "132015", "132016"), Refused("template")),
    **dict.fromkeys(("131026", "131030", "131021"), Permanent("invalid_address")),
    "131047": Permanent("outside_window"),
    "131050": Stopped("opted_out"),
    "131000": Unknown("provider_failed"),
}
# https://docs.slack.dev/reference/methods/chat.postMessage
_SLACK: Table = {
    **dict.fromkeys(("ratelimited", "rate_limited"), Throttled("rate")),
    **dict.fromkeys(
        ("invalid_auth", "not_authed", "account_inactive", "token_revoked", "token_expired", "missing_scope"),
        Refused("account"),
    ),
    **dict.fromkeys(
        ("channel_not_found", "user_not_found", "is_archived", "not_in_channel", "user_disabled"),
        Permanent("gone"),
    ),
    "msg_too_long": Permanent("too_long"),
    **dict.fromkeys(("fatal_error", "internal_error", "request_timeout"), Unknown("provider_failed")),
}
# https://spec.matrix.org/latest/client-server-api/#standard-error-response
_MATRIX: Table = {
    "M_LIMIT_EXCEEDED": Throttled("rate"),
    **dict.fromkeys(("M_UNKNOWN_TOKEN", "M_MISSING_TOKEN", "M_USER_DEACTIVATED"), Refused("account")),
    "M_FORBIDDEN": Permanent("not_permitted"),
    "M_NOT_FOUND": Permanent("gone"),
    "M_TOO_LARGE": Permanent("too_long"),
}


def judge(account: ChannelAccount, flight: Flight, *, done: bool) -> SendResult:
    """What is known after a send of which Apprise said `done`."""
    if flight.trouble == "forbidden_host":
        return Permanent(flight.trouble)
    if account.kind == "mail":
        return _mail(flight, done=done)
    if flight.trouble:
        certain = flight.trouble in _NEVER_LEFT
        return Temporary(flight.trouble) if certain else Unknown(flight.trouble)
    if not flight.replies:
        # Apprise sent nothing: it refused its own settings or the text.
        return Permanent("not_buildable")
    reply = flight.replies[-1]
    known = _PROVIDERS.get(account.kind, _nothing)(reply, _json(reply.body))
    found = known or _by_status(reply, shared=account.shared)
    if isinstance(found, Throttled) and found.wait is None:
        return Throttled(found.reason, asked_wait(reply, _json(reply.body)))
    if isinstance(found, Accepted) and not done:
        return Unknown("not_confirmed")
    return found


def asked_wait(reply: Reply, said: Mapping[str, Any]) -> dt.timedelta | None:
    """How long the provider wants to be left alone: in a header, or in the words of Telegram, Matrix and Discord."""
    for place, unit in ((said.get("parameters"), 1.0), (said, 1.0)):
        if isinstance(place, Mapping) and isinstance(place.get("retry_after"), int | float):
            return _wait(float(place["retry_after"]) * unit)
    if isinstance(said.get("retry_after_ms"), int | float):
        return _wait(float(said["retry_after_ms"]) / 1000)
    text = reply.retry_after.strip()
    if text.isdigit():
        return _wait(float(text[:9]))
    try:
        moment = email.utils.parsedate_to_datetime(text)
    except (ValueError, TypeError):
        return None
    if moment.tzinfo is None:
        moment = moment.replace(tzinfo=UTC)
    return _wait((moment - wall_now()).total_seconds())


def _wait(seconds: float) -> dt.timedelta:
    return min(max(dt.timedelta(seconds=seconds), dt.timedelta(seconds=1)), _LONGEST_WAIT)


def _json(body: bytes) -> Mapping[str, Any]:
    try:
        said = json.loads(body)
    except (ValueError, RecursionError):
        return {}
    return said if isinstance(said, dict) else {}


def _by_status(reply: Reply, *, shared: bool) -> SendResult:
    """By the status alone; of a service that all messages go to, 401, 402 and 403 are about our account."""
    match reply.status:
        case status if 200 <= status < 300:
            return Accepted()
        case status if 300 <= status < 400:
            return Permanent("redirected")
        case 401 | 402 | 403:
            return Refused(f"http_{reply.status}") if shared else Permanent(f"http_{reply.status}")
        case 404 | 410:
            return Permanent("gone")
        case 408:
            return Unknown("no_answer")
        case 413:
            return Permanent("too_long")
        case 425 | 429:
            return Throttled("rate")
        case status if 400 <= status < 500:
            return Permanent(f"http_{status}")
        case 503 if reply.retry_after:
            return Throttled("busy")
    return Unknown(f"http_{reply.status}")


def _mail(flight: Flight, *, done: bool) -> SendResult:
    """By the last answer of the server: refused before the text was sent is certain, afterwards only in its words."""
    if done:
        return Accepted()
    last = flight.replies[-1] if flight.replies else Reply(0)
    if last.stage == "login":
        return Refused("login") if 500 <= last.status < 600 else Temporary("login_busy")
    if flight.left and last.stage != "sent":
        return Unknown("dropped")
    if 400 <= last.status < 500:
        # Greylisting puts off each new recipient: that is about them, not about our account.
        return Temporary(f"{last.stage}_busy", blames_account=last.stage in ("greeting", "sender"))
    if 500 <= last.status < 600:
        return (
            Refused("sender") if last.stage in ("sender", "greeting") else Permanent(f"{last.stage}_refused")
        )
    return Unknown("dropped") if flight.left else Temporary("unreachable")


def _nothing(reply: Reply, said: Mapping[str, Any]) -> SendResult | None:
    del reply, said
    return None


def _twilio(reply: Reply, said: Mapping[str, Any]) -> SendResult | None:
    if reply.status < 300:
        return Accepted(_id(said.get("sid")))
    return _TWILIO.get(str(said.get("code")))


def _vonage(reply: Reply, said: Mapping[str, Any]) -> SendResult | None:
    """Vonage answers 200 to whatever it refuses, and says so in the status of the message."""
    parts = said.get("messages")
    if reply.status >= 300 or not isinstance(parts, list) or not parts or not isinstance(parts[0], dict):
        return Unknown("not_confirmed") if reply.status < 300 else None
    status = str(parts[0].get("status"))
    if status == "0":
        return Accepted(_id(parts[0].get("message-id")))
    return _VONAGE.get(status, Permanent(f"vonage_{status[:4]}"))


def _telegram(reply: Reply, said: Mapping[str, Any]) -> SendResult | None:
    result = said.get("result")
    if reply.status < 300 and isinstance(result, dict):
        return Accepted(_id(result.get("message_id")))
    match reply.status:
        case 401 | 404:
            return Refused("account")
        case 403:
            return Stopped("blocked")
        case 400:
            moved = isinstance(said.get("parameters"), dict) and "migrate_to_chat_id" in said["parameters"]
            return Permanent("moved" if moved else "gone")
    return None


def _signal(reply: Reply, said: Mapping[str, Any]) -> SendResult | None:
    """signal-cli answers 400 for nearly everything, so only the words tell a refusal from a lost answer."""
    if reply.status < 300:
        return Accepted(_id(said.get("timestamp")))
    words = str(said.get("error", "")).lower()
    if said.get("challenge_tokens") or "captcha" in words:
        return Refused("captcha")
    if "unregistered" in words:
        return Permanent("invalid_address")
    if reply.status == 400:
        return Throttled("rate") if "rate limit" in words else Unknown("not_confirmed")
    return None


def _meta(reply: Reply, said: Mapping[str, Any]) -> SendResult | None:
    messages = said.get("messages")
    if reply.status < 300 and isinstance(messages, list) and messages and isinstance(messages[0], dict):
        return Accepted(_id(messages[0].get("id")))
    error = said.get("error")
    return _META.get(str(error.get("code"))) if isinstance(error, dict) else None


def _slack(reply: Reply, said: Mapping[str, Any]) -> SendResult | None:
    if said.get("ok") is True:
        return Accepted(_id(said.get("ts")))
    if said.get("ok") is False and reply.status < 300:
        error = str(said.get("error"))
        return _SLACK.get(error, Permanent("rejected"))
    return None


def _matrix(reply: Reply, said: Mapping[str, Any]) -> SendResult | None:
    if reply.status < 300:
        return Accepted(_id(said.get("event_id")))
    return _MATRIX.get(str(said.get("errcode")))


def _ntfy(reply: Reply, said: Mapping[str, Any]) -> SendResult | None:
    return Accepted(_id(said.get("id"))) if reply.status < 300 else None


def _id(value: object) -> str:
    """The provider's name for the message; a text or a number, of a sane length."""
    return str(value)[:128] if isinstance(value, str | int) else ""


_PROVIDERS: Mapping[str, Callable[[Reply, Mapping[str, Any]], SendResult | None]] = {
    **dict.fromkeys(("twilio_sms", "twilio_whatsapp", "twilio_voice"), _twilio),
    "vonage_sms": _vonage,
    "whatsapp": _meta,
    "telegram": _telegram,
    "signal": _signal,
    "slack": _slack,
    "matrix": _matrix,
    "ntfy": _ntfy,
}

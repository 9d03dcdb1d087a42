"""The log configuration of the portal's web server: no link, no address of a client, one line for each request."""

import logging
import re

_TOKEN = re.compile(r"(/a/)[^/?\s\"']+")


def without_token(text: str) -> str:
    """The path without the token and without what was asked of it."""
    return _TOKEN.sub(r"\1...", text).partition("?")[0]


class TokenFilter(logging.Filter):
    """Takes tokens and client addresses out of uvicorn's access records, and tokens out of every other."""

    def filter(self, record: logging.LogRecord) -> bool:
        """Changes the record; lets every one pass."""
        args = record.args
        if record.name == "uvicorn.access" and isinstance(args, tuple) and len(args) == 5:
            record.args = ("-", args[1], without_token(str(args[2])), args[3], args[4])
        elif isinstance(args, tuple):
            record.args = tuple(_TOKEN.sub(r"\1...", arg) if isinstance(arg, str) else arg for arg in args)
        if isinstance(record.msg, str):
            record.msg = _TOKEN.sub(r"\1...", record.msg)
        return True


def log_config(level: str = "INFO") -> dict[str, object]:
    """What `uvicorn.run(..., log_config=)` takes."""
    handler = {
        "class": "logging.StreamHandler",
        "formatter": "line",
        "filters": ["token"],
        "stream": "ext://sys.stderr",
    }
    logger = {"handlers": ["line"], "level": level, "propagate": False}
    return {
        "version": 1,
        "disable_existing_loggers": False,
        "formatters": {"line": {"format": "%(asctime)s %(levelname)s %(name)s %(message)s"}},
        "filters": {"token": {"()": "konbit.portal.logs.TokenFilter"}},
        "handlers": {"line": handler},
        "loggers": dict.fromkeys(("uvicorn", "uvicorn.access", "uvicorn.error", "konbit.portal"), logger),
    }

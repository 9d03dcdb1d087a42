"""Column types that mean the same on SQLite and on PostgreSQL."""

import datetime as dt
import json

import sqlalchemy as sa
from pydantic import JsonValue

from konbit.clock import UTC

BIG = sa.BigInteger().with_variant(sa.Integer(), "sqlite")
"""64 bits; SQLite numbers rows by itself only where the type is spelt INTEGER."""


def storable(text: str) -> str:
    """The text with U+FFFD where no database can hold what it has: NUL and lone surrogates."""
    return text.replace("\0", "\ufffd").encode("utf-16", "surrogatepass").decode("utf-16", "replace")


class UtcTime(sa.TypeDecorator[dt.datetime]):
    """A moment in UTC; TypeError for one without a zone, whatever the database would make of it."""

    impl = sa.DateTime(timezone=True)
    cache_ok = True

    def process_bind_param(self, value: dt.datetime | None, dialect: sa.Dialect) -> dt.datetime | None:
        """In UTC; SQLite keeps no zone, so that text sorts as time."""
        if value is None:
            return None
        if value.utcoffset() is None:
            raise TypeError("A time without a zone cannot be stored.")
        moment = value.astimezone(UTC)
        return moment.replace(tzinfo=None) if dialect.name == "sqlite" else moment

    def process_result_value(self, value: dt.datetime | None, dialect: sa.Dialect) -> dt.datetime | None:
        """Always with its zone, UTC."""
        del dialect  # no difference on the way out
        if value is None:
            return None
        return value.replace(tzinfo=UTC) if value.tzinfo is None else value.astimezone(UTC)


class Words(sa.TypeDecorator[str]):
    """Text that people wrote: what no database can hold (NUL, lone surrogates) becomes U+FFFD instead of an error."""

    impl = sa.Text
    cache_ok = True

    def process_bind_param(self, value: str | None, dialect: sa.Dialect) -> str | None:
        """The text, storable everywhere."""
        del dialect  # one rule, so that both hold the same
        return None if value is None else storable(value)


class Document(sa.TypeDecorator[JsonValue]):
    """JSON; None is NULL. Never queried inside: what is searched for has a column."""

    impl = sa.JSON(none_as_null=True)
    cache_ok = True

    def process_bind_param(self, value: JsonValue, dialect: sa.Dialect) -> JsonValue:
        """The value; ValueError for NaN and infinity, which SQLite would keep and nothing else could read."""
        del dialect  # one rule, so that both hold the same
        json.dumps(value, allow_nan=False)
        return value


def identifier() -> sa.Text:
    """Ids and keys, of any length: one that is too long would be refused by PostgreSQL and taken by SQLite."""
    return sa.Text()

"""What SQLAlchemy may log: statements, never rows. Whoever lowers its level to look at statements would else log people."""

import logging
from typing import Final

_LOGGERS: Final = ("sqlalchemy.engine.Engine", "sqlalchemy.engine.base.Engine")


class NoRows(logging.Filter):
    """Drops what is said at DEBUG: the rows that come back. Parameters of statements are hidden by the engine."""

    def filter(self, record: logging.LogRecord) -> bool:
        """Whether the record may pass."""
        return record.levelno > logging.DEBUG


def quiet() -> None:
    """Puts the filter on, once in a process."""
    for name in _LOGGERS:
        logger = logging.getLogger(name)
        if not any(isinstance(known, NoRows) for known in logger.filters):
            logger.addFilter(NoRows())

"""Keeps libraries that log addresses, bodies and secrets silent."""

import logging

# Apprise puts the recipient into its warnings and the message and the token into its debug lines; the
# others log URLs.
# The children of urllib3 are named because one that was given its own level does not follow its parent.
_TALKERS = (
    "apprise",
    "charset_normalizer",
    "requests",
    "smtplib",
    "urllib3",
    "urllib3.connection",
    "urllib3.connectionpool",
    "urllib3.util.retry",
)
# Above every level that a library uses: a warning of Apprise names the recipient.
_SILENT = logging.CRITICAL + 10


def quiet_libraries() -> None:
    """Turns the loggers of the sending libraries off and cuts them from the root; called before each send.

    The handler that does nothing is needed: without any, Python prints warnings to standard error.
    """
    for name in _TALKERS:
        logger = logging.getLogger(name)
        if logger.level != _SILENT:
            logger.setLevel(_SILENT)
        logger.propagate = False
        if not logger.handlers:
            logger.addHandler(logging.NullHandler())

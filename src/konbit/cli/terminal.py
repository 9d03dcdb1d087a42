"""The terminal that commands print to."""

import sys

from rich.console import Console

WIDE = 160
"""Columns where the output goes to a file or to another program, so that nothing is cut."""


def console() -> Console:
    """Standard output."""
    return Console(width=None if sys.stdout.isatty() else WIDE, soft_wrap=False)

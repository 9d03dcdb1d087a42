"""The tables, by subject. Nothing but their shape: what they mean is said by the repository that writes them."""

from konbit.store.tables import channels, deliveries, directory, facts, replies, requests, runs, safety
from konbit.store.tables.base import metadata

__all__ = [
    "channels",
    "deliveries",
    "directory",
    "facts",
    "metadata",
    "replies",
    "requests",
    "runs",
    "safety",
]

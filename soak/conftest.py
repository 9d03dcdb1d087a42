"""The mark of what takes minutes or hours."""

import pytest


def pytest_configure(config: pytest.Config) -> None:
    """Makes the mark known."""
    config.addinivalue_line("markers", "soak: takes minutes or hours")

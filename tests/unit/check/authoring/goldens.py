"""Goldens of the authoring commands; KONBIT_UPDATE_GOLDENS=1 writes them anew."""

import os
from pathlib import Path

FOLDER = Path(__file__).parents[3] / "goldens" / "authoring"


def matches(name: str, text: str) -> bool:
    """Whether a text is the golden of that name."""
    file = FOLDER / name
    if "KONBIT_UPDATE_GOLDENS" in os.environ:
        FOLDER.mkdir(parents=True, exist_ok=True)
        file.write_text(text, "utf-8")
    return file.read_text("utf-8") == text

"""The language: what an author writes, read with the place of every part of it."""

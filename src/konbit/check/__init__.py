"""Checks of definitions beyond their shape, and how problems are printed."""

"""Konbit runs the coordination flowcharts by which communities prepare for, respond to and recover from disasters."""

__version__ = "0.1.0"

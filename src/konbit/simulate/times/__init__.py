"""Deadline arithmetic: when what happens at the earliest and the latest, before any event."""

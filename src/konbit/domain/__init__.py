"""What coordination is about: observations, needs, offers, reports, drills; frozen models, pure functions.

Nothing here reads a clock, a file or a database; times and code lists are handed in.
"""

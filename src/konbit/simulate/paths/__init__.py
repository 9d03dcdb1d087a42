"""Rehearsal: every path of a flowchart, and what no path reaches."""

"""Properties of whole charts: whatever is drawn at random and compiles can be run to its end, in any order of events."""

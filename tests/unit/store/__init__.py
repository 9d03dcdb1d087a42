"""The store's own parts; what it promises as a whole is in `tests/contracts`."""

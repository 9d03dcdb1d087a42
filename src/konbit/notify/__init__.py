"""Notifications: addresses, texts, signed links, channel accounts, the outbox, and the one adapter."""

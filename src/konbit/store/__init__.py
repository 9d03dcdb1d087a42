"""The store: what Konbit holds to be true, in SQLite or PostgreSQL. The only package that imports SQLAlchemy."""

"""From SQLite to PostgreSQL (迁库)."""

"""Changing what is stored behind the product's back (篡改): as whoever owns the database file or server could."""

from collections.abc import Iterator
from contextlib import contextmanager

from sqlmodel import Session

from app.audit.protection import protect, release
from app.database import Database


@contextmanager
def tampered(database: Database) -> Iterator[Session]:
    """A session without guards; they are on again afterwards, so that the traces of taking them off are gone too."""
    with database.write() as session:
        release(session.connection())
        yield session
        session.flush()
        protect(session.connection())

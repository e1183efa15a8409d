"""Stored files: the very bytes that were uploaded (原始文件), kept once by content."""

from datetime import datetime

from sqlmodel import Field, LargeBinary, SQLModel

from app.columns import Instant


class StoredFile(SQLModel, table=True):
    """A file by its SHA-256. The bytes live in the database, so that a backup of it is a backup of all evidence."""

    __tablename__ = "stored_files"
    sha256: str = Field(primary_key=True)
    size: int
    content: bytes = Field(sa_type=LargeBinary)
    stored_at: datetime = Field(sa_type=Instant)

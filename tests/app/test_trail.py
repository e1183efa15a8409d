"""The trail of every act (操作日志)."""

import pytest

from app.audit import service as audit
from app.audit.service import Actor
from app.database import Database

CLERK = Actor(7, "张三", "office")


@pytest.mark.database
def test_a_chain_just_written_is_whole(database: Database) -> None:
    for number in range(3):
        with database.write() as session:
            audit.append(session, CLERK, "upload.commit", target=f"upload {number}", detail={"new": number})
    with database.read() as session:
        assert audit.verify(session) == []

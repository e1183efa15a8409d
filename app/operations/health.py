"""Alive or ready (是否正常): what a supervisor restarts for, and what a proxy sends people to.

Alive: the process answers. Ready: it can also do its work — the database answers and has this program's tables, and
there is room to write. Not ready is no reason to restart: the disk would be no emptier.
"""

import os
import shutil

from sqlalchemy.exc import DatabaseError
from sqlmodel import text

from app import migrations
from app.database import Database
from app.settings import Settings


def faults(database: Database, settings: Settings) -> list[str]:
    """What keeps this process from its work, as Chinese sentences; empty when it is ready."""
    found: list[str] = []
    try:
        with database.read() as session:
            stored = session.connection().execute(text("SELECT version_num FROM alembic_version")).scalar_one_or_none()
            session.connection().execute(text("SELECT number FROM audit_head")).scalar_one()
    except DatabaseError:  # no file, no table, no server, no permission: an OperationalError is one of them
        found.append("数据库读不出来。")
    else:
        if stored != migrations.newest():
            found.append("数据库的版本与程序不一致，请用 sanzhong serve 启动，它会先升级。")
    if not os.access(settings.home, os.W_OK):
        found.append("数据所在的文件夹不能写。")
    elif shutil.disk_usage(settings.home).free < settings.min_free_bytes:
        found.append(f"数据所在的磁盘剩余不到{settings.min_free_bytes // 1024**2}MB，请清理或扩容。")
    return found

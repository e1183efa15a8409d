"""Column types that every table shares (列类型).

Source: DESIGN §3; TECH §5 (SQLite drops time zones, table models do not validate).
"""

from datetime import UTC, datetime

from sqlalchemy import DateTime, Dialect, MetaData, Numeric, TypeDecorator
from sqlmodel import SQLModel

NAMING = {
    "ix": "ix_%(table_name)s_%(column_0_N_name)s",
    "uq": "uq_%(table_name)s_%(column_0_N_name)s",
    "ck": "ck_%(table_name)s_%(constraint_name)s",
    "fk": "fk_%(table_name)s_%(column_0_N_name)s",
    "pk": "pk_%(table_name)s",
}
SQLModel.metadata.naming_convention = NAMING
metadata: MetaData = SQLModel.metadata


class Instant(TypeDecorator[datetime]):
    """An aware instant: stored as naive UTC on both engines, handed back aware; a naive value is refused."""

    impl = DateTime
    cache_ok = True

    def process_bind_param(self, value: datetime | None, dialect: Dialect) -> datetime | None:
        if value is None:
            return None
        if value.tzinfo is None:
            raise ValueError(f"a naive instant was about to be stored: {value!r}")
        return value.astimezone(UTC).replace(tzinfo=None)

    def process_result_value(self, value: datetime | None, dialect: Dialect) -> datetime | None:
        return None if value is None else value.replace(tzinfo=UTC)


Wan = Numeric(14, 2)  # 万元, two decimals
Pct = Numeric(9, 4)  # 0–100
Points = Numeric(6, 2)  # 分

"""A database of the first release, for tests of upgrades (首版的库)."""

from alembic import command

from app import migrations
from app.database import Database


def as_of_first_revision(database: Database) -> None:
    """A database of the first release, with a county, a programme and a 更正单 in it."""
    engine = migrations.migration_engine(database)
    with engine.begin() as connection:
        command.upgrade(migrations.configuration(connection), "0001")
        for statement in (
            "INSERT INTO organisations (id, code, name, kind) VALUES (1, 'c', '本县', '县')",
            "INSERT INTO programmes (id, organisation_id, code, name, year, campaign_name, cutoff_day, is_demo,"
            " data_version, last_recorded_at, created_at) VALUES (1, 1, '2023', '2023年度', 2023, '', 25, FALSE, 1,"
            " '2023-01-01 00:00:00', '2023-01-01 00:00:00')",
            "INSERT INTO reopenings (id, programme_id, number, period, reason, drafted_at, drafted_by, signed_by)"
            " VALUES (7, 1, 1, '2023Q3', '漏报', '2023-10-17 02:00:00', '张三', '')",
        ):
            connection.exec_driver_sql(statement)
    engine.dispose()

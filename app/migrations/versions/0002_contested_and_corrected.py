"""公示 and 申诉; a 更正单 may cover several periods.

Revision: 0002, after 0001.
"""

import sqlalchemy as sa
import sqlmodel.sql.sqltypes
from alembic import op

import app.columns

revision = "0002"
down_revision = "0001"
branch_labels = None
depends_on = None

Words = sqlmodel.sql.sqltypes.AutoString


def upgrade() -> None:
    op.create_table(
        "disclosures",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("programme_id", sa.Integer(), nullable=False),
        sa.Column("period", Words(), nullable=False),
        sa.Column("month", Words(), nullable=False),
        sa.Column("appeal_days", sa.Integer(), nullable=False),
        sa.Column("publicity_days", sa.Integer(), nullable=False),
        sa.Column("opened_at", app.columns.Instant(), nullable=False),
        sa.Column("contest_until", sa.Date(), nullable=False),
        sa.Column("open_until", sa.Date(), nullable=False),
        sa.Column("ended_at", app.columns.Instant(), nullable=True),
        sa.Column("scores", sa.JSON(), nullable=False),
        sa.ForeignKeyConstraint(["programme_id"], ["programmes.id"], name=op.f("fk_disclosures_programme_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_disclosures")),
    )
    with op.batch_alter_table("disclosures", schema=None) as batch_op:
        batch_op.create_index("ix_disclosures_programme_period", ["programme_id", "period", "opened_at"], unique=False)
    op.create_table(
        "appeals",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("programme_id", sa.Integer(), nullable=False),
        sa.Column("number", sa.Integer(), nullable=False),
        sa.Column("disclosure_id", sa.Integer(), nullable=False),
        sa.Column("period", Words(), nullable=False),
        sa.Column("project_id", sa.Integer(), nullable=False),
        sa.Column("unit_id", sa.Integer(), nullable=False),
        sa.Column("unit", Words(), nullable=False),
        sa.Column("contested_score", Words(), nullable=True),
        sa.Column("contested_rank", sa.Integer(), nullable=True),
        sa.Column("contested_reason", Words(), nullable=True),
        sa.Column("grounds", sa.Text(), nullable=False),
        sa.Column("file_name", Words(), nullable=False),
        sa.Column("file_sha256", Words(), nullable=True),
        sa.Column("filed_at", app.columns.Instant(), nullable=False),
        sa.Column("filed_by", Words(), nullable=False),
        sa.Column("filed_by_id", sa.Integer(), nullable=True),
        sa.Column("answer", sa.Text(), nullable=False),
        sa.Column("answered_at", app.columns.Instant(), nullable=True),
        sa.Column("answered_by", Words(), nullable=False),
        sa.Column("decision", Words(), nullable=False),
        sa.Column("decision_reason", sa.Text(), nullable=False),
        sa.Column("decided_at", app.columns.Instant(), nullable=True),
        sa.Column("decided_by", Words(), nullable=False),
        sa.Column("withdrawn_at", app.columns.Instant(), nullable=True),
        sa.Column("withdrawn_by", Words(), nullable=False),
        sa.ForeignKeyConstraint(["programme_id"], ["programmes.id"], name=op.f("fk_appeals_programme_id")),
        sa.ForeignKeyConstraint(["disclosure_id"], ["disclosures.id"], name=op.f("fk_appeals_disclosure_id")),
        sa.ForeignKeyConstraint(["project_id"], ["projects.id"], name=op.f("fk_appeals_project_id")),
        sa.ForeignKeyConstraint(["unit_id"], ["units.id"], name=op.f("fk_appeals_unit_id")),
        sa.ForeignKeyConstraint(["file_sha256"], ["stored_files.sha256"], name=op.f("fk_appeals_file_sha256")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_appeals")),
    )
    with op.batch_alter_table("appeals", schema=None) as batch_op:
        batch_op.create_index("ix_appeals_programme_number", ["programme_id", "number"], unique=True)
        batch_op.create_index("ix_appeals_programme_period", ["programme_id", "period"], unique=False)
        batch_op.create_index(batch_op.f("ix_appeals_file_sha256"), ["file_sha256"], unique=False)
    op.create_table(
        "reopened_periods",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("reopening_id", sa.Integer(), nullable=False),
        sa.Column("period", Words(), nullable=False),
        sa.ForeignKeyConstraint(["reopening_id"], ["reopenings.id"], name=op.f("fk_reopened_periods_reopening_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_reopened_periods")),
        sa.UniqueConstraint("reopening_id", "period", name=op.f("uq_reopened_periods_reopening_id_period")),
    )
    op.execute("INSERT INTO reopened_periods (reopening_id, period) SELECT id, period FROM reopenings ORDER BY id")
    with op.batch_alter_table("reopenings", schema=None) as batch_op:
        batch_op.drop_column("period")


def downgrade() -> None:
    with op.batch_alter_table("reopenings", schema=None) as batch_op:
        batch_op.add_column(sa.Column("period", Words(), nullable=False, server_default=""))
    # Of several periods the first is kept: before, a 更正单 had one.
    op.execute(
        "UPDATE reopenings SET period = (SELECT MIN(period) FROM reopened_periods"
        " WHERE reopened_periods.reopening_id = reopenings.id)"
    )
    op.drop_table("reopened_periods")
    op.drop_table("appeals")
    op.drop_table("disclosures")

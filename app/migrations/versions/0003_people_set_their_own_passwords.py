"""Activation links, password age, known browsers, trusted phones, 代看 accounts.

Revision: 0003, after 0002. The age of a password that is there already is unknown: it counts from the upgrade.
"""

from datetime import UTC, datetime

import sqlalchemy as sa
import sqlmodel.sql.sqltypes
from alembic import op

import app.columns

revision = "0003"
down_revision = "0002"
branch_labels = None
depends_on = None

Words = sqlmodel.sql.sqltypes.AutoString
Instant = app.columns.Instant


def upgrade() -> None:
    with op.batch_alter_table("accounts", schema=None) as batch_op:
        batch_op.add_column(sa.Column("viewing_for_id", sa.Integer(), nullable=True))
        batch_op.add_column(sa.Column("awaits_activation", sa.Boolean(), nullable=False, server_default=sa.false()))
        batch_op.add_column(sa.Column("must_change_password", sa.Boolean(), nullable=False, server_default=sa.false()))
        batch_op.add_column(sa.Column("password_set_at", Instant(), nullable=True))
        batch_op.add_column(sa.Column("activated_at", Instant(), nullable=True))
        batch_op.add_column(sa.Column("last_signed_in_at", Instant(), nullable=True))
        batch_op.create_foreign_key("fk_accounts_viewing_for_id", "accounts", ["viewing_for_id"], ["id"])
    accounts = sa.table(
        "accounts",
        sa.column("password_hash", sa.String()),
        sa.column("created_at", Instant()),
        sa.column("password_set_at", Instant()),
        sa.column("activated_at", Instant()),
    )
    op.execute(
        accounts.update()
        .where(accounts.c.password_hash != "")
        .values(password_set_at=datetime.now(UTC), activated_at=accounts.c.created_at)
    )
    with op.batch_alter_table("sign_in_sessions", schema=None) as batch_op:
        for name in ("opened_by", "address", "agent"):
            batch_op.add_column(sa.Column(name, Words(), nullable=False, server_default=""))
    with op.batch_alter_table("sign_in_failures", schema=None) as batch_op:
        batch_op.add_column(sa.Column("browser", Words(), nullable=False, server_default=""))
        batch_op.create_index("ix_sign_in_failures_address", ["address"], unique=False)
        batch_op.create_index("ix_sign_in_failures_at", ["at"], unique=False)
    op.create_table(
        "known_browsers",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("account_id", sa.Integer(), nullable=False),
        sa.Column("token_hash", Words(), nullable=False),
        sa.Column("first_address", Words(), nullable=False),
        sa.Column("last_address", Words(), nullable=False),
        sa.Column("first_seen_at", Instant(), nullable=False),
        sa.Column("last_seen_at", Instant(), nullable=False),
        sa.ForeignKeyConstraint(["account_id"], ["accounts.id"], name=op.f("fk_known_browsers_account_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_known_browsers")),
        sa.UniqueConstraint("account_id", "token_hash", name=op.f("uq_known_browsers_account_id_token_hash")),
    )
    op.create_index("ix_known_browsers_token_hash", "known_browsers", ["token_hash"], unique=False)
    op.create_table(
        "activations",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("token_hash", Words(), nullable=False),
        sa.Column("account_id", sa.Integer(), nullable=False),
        sa.Column("kind", Words(), nullable=False),
        sa.Column("made_by_id", sa.Integer(), nullable=True),
        sa.Column("made_by", Words(), nullable=False),
        sa.Column("made_at", Instant(), nullable=False),
        sa.Column("address", Words(), nullable=False),
        sa.Column("browser", Words(), nullable=False),
        sa.Column("agent", Words(), nullable=False),
        sa.Column("expires_at", Instant(), nullable=False),
        sa.Column("ended_at", Instant(), nullable=True),
        sa.ForeignKeyConstraint(["account_id"], ["accounts.id"], name=op.f("fk_activations_account_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_activations")),
        sa.UniqueConstraint("token_hash", name=op.f("uq_activations_token_hash")),
    )
    op.create_index("ix_activations_account_id", "activations", ["account_id"], unique=False)
    op.create_index("ix_activations_made_by_id", "activations", ["made_by_id"], unique=False)
    op.create_table(
        "account_flags",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("account_id", sa.Integer(), nullable=False),
        sa.Column("code", Words(), nullable=False),
        sa.Column("maker_id", sa.Integer(), nullable=False),
        sa.Column("maker", Words(), nullable=False),
        sa.Column("address", Words(), nullable=False),
        sa.Column("at", Instant(), nullable=False),
        sa.ForeignKeyConstraint(["account_id"], ["accounts.id"], name=op.f("fk_account_flags_account_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_account_flags")),
        sa.UniqueConstraint("account_id", "code", "maker_id", name=op.f("uq_account_flags_account_id_code_maker_id")),
    )
    op.create_table(
        "trusted_phones",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("token_hash", Words(), nullable=False),
        sa.Column("account_id", sa.Integer(), nullable=False),
        sa.Column("pin_hash", Words(), nullable=False),
        sa.Column("wrong_pins", sa.Integer(), nullable=False),
        sa.Column("agent", Words(), nullable=False),
        sa.Column("created_at", Instant(), nullable=False),
        sa.Column("last_used_at", Instant(), nullable=True),
        sa.Column("expires_at", Instant(), nullable=False),
        sa.Column("ended_at", Instant(), nullable=True),
        sa.Column("end_reason", Words(), nullable=False),
        sa.ForeignKeyConstraint(["account_id"], ["accounts.id"], name=op.f("fk_trusted_phones_account_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_trusted_phones")),
        sa.UniqueConstraint("token_hash", name=op.f("uq_trusted_phones_token_hash")),
    )
    op.create_index("ix_trusted_phones_account_id", "trusted_phones", ["account_id"], unique=False)


def downgrade() -> None:
    # Who waits for an activation link would otherwise count as a demo account, which comes in by a one-time link.
    op.execute(sa.text("UPDATE accounts SET is_disabled = :yes WHERE awaits_activation = :yes").bindparams(yes=True))
    for table in ("trusted_phones", "account_flags", "activations", "known_browsers"):
        op.drop_table(table)
    with op.batch_alter_table("sign_in_failures", schema=None) as batch_op:
        batch_op.drop_index("ix_sign_in_failures_at")
        batch_op.drop_index("ix_sign_in_failures_address")
        batch_op.drop_column("browser")
    with op.batch_alter_table("sign_in_sessions", schema=None) as batch_op:
        for name in ("agent", "address", "opened_by"):
            batch_op.drop_column(name)
    with op.batch_alter_table("accounts", schema=None) as batch_op:
        batch_op.drop_constraint("fk_accounts_viewing_for_id", type_="foreignkey")
        for name in ("last_signed_in_at", "activated_at", "password_set_at", "must_change_password",
                     "awaits_activation", "viewing_for_id"):  # fmt: skip
            batch_op.drop_column(name)

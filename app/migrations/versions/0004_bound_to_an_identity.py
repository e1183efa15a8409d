"""Which identity of the provider (统一身份) an account is bound to.

Revision: 0004, after 0003. Nobody is bound by the upgrade.
"""

import sqlalchemy as sa
import sqlmodel.sql.sqltypes
from alembic import op

revision = "0004"
down_revision = "0003"
branch_labels = None
depends_on = None

Words = sqlmodel.sql.sqltypes.AutoString


def upgrade() -> None:
    op.add_column("accounts", sa.Column("subject", Words(), nullable=True))
    op.add_column("accounts", sa.Column("subject_source", Words(), nullable=False, server_default=""))
    op.create_index("ix_accounts_subject", "accounts", ["subject"], unique=True)


def downgrade() -> None:
    op.drop_index("ix_accounts_subject", "accounts")
    with op.batch_alter_table("accounts", schema=None) as batch_op:
        batch_op.drop_column("subject_source")
        batch_op.drop_column("subject")

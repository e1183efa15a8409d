"""What is kept only for a while (到期清理): sheets that were tried and that nobody committed.

Source: SECURITY G2. A try holds a whole workbook with people's names in it; after SANZHONG_TRIED_DAYS it is given up
as if its owner had done so, on the trail, and its file goes unless another upload has it. What a unit has filed stays
until the office adopts or returns it. Marked workbooks (标注) and exports are made per request and never stored.
"""

from datetime import datetime, timedelta

from sqlmodel import col, select

from app.audit.service import Actor
from app.database import Database
from app.errors import Conflict
from app.settings import Settings
from app.uploads import custody
from app.uploads.models import Upload

CARETAKER = "到期清理"


def expire_tries(database: Database, settings: Settings, now: datetime) -> list[int]:
    """Give up the tries of before the limit; the numbers of those given up."""
    limit = now - timedelta(days=settings.tried_days)
    with database.read() as session:
        query = (
            select(Upload.id).where(Upload.state == "tried", col(Upload.uploaded_at) < limit).order_by(col(Upload.id))
        )
        due = [number for number in session.exec(query) if number is not None]
    given_up = []
    for number in due:
        try:
            custody.discard(database, Actor.command(CARETAKER), number, at=now)
        except Conflict:
            continue  # committed meanwhile
        given_up.append(number)
    return given_up

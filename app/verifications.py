"""What `sanzhong verify` and 立即核对 look at (核对): each compares stored data with what proves it.

A package that keeps something that must stay as it is adds its `verify(session) -> list[str]` here: Chinese sentences
that name what is wrong, none when all is well. `app.main` hands the list to the API, which stands to its left.
"""

from collections.abc import Callable

from sqlmodel import Session

from app.audit import protection
from app.audit import service as audit
from app.evidence import service as evidence
from app.publications import service as publishing
from app.trail import agreement

Verification = Callable[[Session], list[str]]
# The trail comes first: its outside head must be read before anything else of the database is.
VERIFICATIONS: list[Verification] = [
    audit.verify,
    protection.verify,
    evidence.verify,
    agreement.verify,
    publishing.verify,
]

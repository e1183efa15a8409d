"""Broken rules of the work (业务错误): each carries its HTTP status, a code and one plain Chinese sentence.

Source: STYLE §6, CONTRACTS (every error is {"code", "message", "detail"}). Services raise them; one handler in
`app/main.py` turns them into JSON and one in `app/cli.py` into a sentence and an exit code.
"""

from typing import Any, ClassVar

from pydantic import BaseModel


class Problem(BaseModel):
    """The shape of every error answer."""

    code: str
    message: str
    detail: Any = None


# What every route's description says besides its own answer; so FastAPI adds no shape of its own for 422.
PROBLEMS: dict[int | str, dict[str, Any]] = {
    "default": {"model": Problem, "description": "Refused or failed: one plain sentence."}
}


class DomainError(Exception):
    """A rule of the work was broken. `message` says where, what, and what to do; `detail` is JSON."""

    status_code: ClassVar[int] = 400
    code: ClassVar[str] = "refused"
    exit_code: ClassVar[int] = 1  # of the command

    def __init__(self, message: str, *, detail: Any = None) -> None:
        super().__init__(message)
        self.message = message
        self.detail = detail


class Refused(DomainError):
    """The input cannot be accepted."""


class Malformed(DomainError):
    """The request itself is ill-formed, whatever is stored; bad usage of the command."""

    status_code = 422
    code = "malformed"
    exit_code = 2


class NotSignedIn(DomainError):
    status_code = 401
    code = "not_signed_in"


class Forbidden(DomainError):
    status_code = 403
    code = "forbidden"


class PasswordChangeRequired(Forbidden):
    """The password has run out, or somebody else chose it: nothing else is done before it is changed."""

    code = "password_change_required"


class NotFound(DomainError):
    """There is no such thing, or it is not this person's to see."""

    status_code = 404
    code = "not_found"


class Conflict(DomainError):
    """Somebody was first, or the state does not allow it."""

    status_code = 409
    code = "conflict"


class PeriodLocked(Conflict):
    """The period is 已定稿; only a 更正单 reopens it."""

    code = "period_locked"


class Unanswered(Conflict):
    """A person must answer first; the command exits 3."""

    code = "unanswered"
    exit_code = 3


class TooLarge(DomainError):
    """A file beyond the limit."""

    status_code = 413
    code = "too_large"

    def __init__(
        self, limit_bytes: int, *, what: str = "文件", cure: str = "请只留要上报的表，删去图片后重新上传"
    ) -> None:
        super().__init__(f"{what}太大，超过{limit_bytes / 1024 / 1024:g}MB：{cure}。")


class TooManyAttempts(DomainError):
    status_code = 429
    code = "too_many_attempts"


class Busy(DomainError):
    """The database or a bounded resource is taken; trying again later helps."""

    status_code = 503
    code = "busy"


class Damaged(DomainError):
    """What is stored is not what was stored: a disk or a hand has changed it."""

    status_code = 500
    code = "damaged"

"""Random tokens (令牌): what a cookie or a link holds; the database keeps the hash alone."""

import hashlib
import secrets


def new_token() -> str:
    """32 random bytes as 43 letters."""
    return secrets.token_urlsafe(32)


def hashed(token: str) -> str:
    return hashlib.sha256(token.encode()).hexdigest()

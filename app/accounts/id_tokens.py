"""What an ID token proves (身份凭证核对): signed by this provider, for us, for this very flow, now.

Source: OpenID Connect Core 1.0 §3.1.3.7, RFC 8725. The signature is joserfc's work; algorithms are an allow-list of
asymmetric ones, and of the provider's keys only RSA (2048 bits at least) and EC ones that are for signing are taken, so
that neither `none` nor a secret made of a public key is ever tried.
"""

import hmac
import logging
import math
from collections.abc import Mapping, Sequence
from typing import Any

from joserfc import jws, jwt
from joserfc.errors import BadSignatureError, JoseError
from joserfc.jwk import ECKey, KeySet, RSAKey

from app.errors import NotSignedIn

log = logging.getLogger(__name__)

ALGORITHMS = ("RS256", "RS384", "RS512", "PS256", "PS384", "PS512", "ES256", "ES384", "ES512")
# What a header says beyond the standard is left aside (RFC 7515 §4), unless it says that it is critical.
REGISTRY = jws.JWSRegistry(algorithms=ALGORITHMS, strict_check_header=False)
LEEWAY_SECONDS = 60.0  # two clocks
LEAST_RSA_BITS = 2048
LONGEST_SUBJECT = 255
MALFORMED = (JoseError, ValueError, TypeError, KeyError, AttributeError, RecursionError)
REFUSED = "统一身份认证发来的身份凭证没有通过核对（{reason}），没有登录。请重试；仍不行请联系系统管理员。"


def knows(token: str, keys: Sequence[Any]) -> bool:
    """Whether the key that the token says it is signed by is among these; true when it names none."""
    kid = header_of(token).get("kid")
    return kid is None or any(isinstance(key, Mapping) and key.get("kid") == kid for key in keys)


def subject(token: str, keys: Sequence[Any], *, issuer: str, client_id: str, nonce: str, claim: str, now: float) -> str:
    """The claim that names the person. NotSignedIn with the reason when anything is not as it must be."""
    claims = signed_claims(token, keys)
    if claims.get("iss") != issuer:
        raise refused("不是这个认证平台签发的")
    audience = claims.get("aud")
    audiences = audience if isinstance(audience, list) else [audience]
    party = claims.get("azp", None if len(audiences) > 1 else client_id)
    if client_id not in audiences or party != client_id:
        raise refused("不是发给本平台的")
    if instant(claims, "exp") + LEEWAY_SECONDS <= now:
        raise refused("已过期")
    if instant(claims, "iat") - LEEWAY_SECONDS > now or (
        "nbf" in claims and instant(claims, "nbf") - LEEWAY_SECONDS > now
    ):
        raise refused("时间不对，请核对两边的时钟")
    told = claims.get("nonce")
    if not isinstance(told, str) or not hmac.compare_digest(told.encode(), nonce.encode()):
        raise refused("不是为这次登录签发的")
    named = claims.get(claim)
    if not isinstance(named, str) or not is_subject(named):
        raise refused(f"没有可用的“{claim}”")
    return named


def is_subject(text: str) -> bool:
    """Whether this may name a person: what can be shown, and read out to an administrator, as it is."""
    return 0 < len(text) <= LONGEST_SUBJECT and text.isprintable() and text == text.strip()


def signed_claims(token: str, keys: Sequence[Any]) -> Mapping[str, Any]:
    try:
        return jwt.decode(token, usable(keys), registry=REGISTRY).claims
    except BadSignatureError as error:
        raise refused("签名不对") from error
    except MALFORMED as error:
        raise refused("签名的算法、密钥或格式不对") from error


def usable(keys: Sequence[Any]) -> KeySet:
    """The keys that may sign a token; whatever else stands among them is left aside."""
    found: list[RSAKey | ECKey] = []
    for key in keys:
        if not isinstance(key, dict) or key.get("use", "sig") != "sig":
            continue
        try:
            if key.get("kty") == "RSA":
                rsa = RSAKey.import_key(key)
                found += [rsa] if rsa.raw_value.key_size >= LEAST_RSA_BITS else []
            elif key.get("kty") == "EC":
                found.append(ECKey.import_key(key))
        except MALFORMED:
            log.warning("unusable key", extra={"event": "oidc"})
    return KeySet(list(found))


def header_of(token: str) -> Mapping[str, Any]:
    try:
        return jws.extract_compact(token.encode()).headers()
    except MALFORMED as error:
        raise refused("格式不对") from error


def instant(claims: Mapping[str, Any], name: str) -> float:
    value = claims.get(name)
    if isinstance(value, bool) or not isinstance(value, int | float) or not math.isfinite(value):
        raise refused(f"没有可用的“{name}”")
    return float(value)


def refused(reason: str) -> NotSignedIn:
    return NotSignedIn(REFUSED.format(reason=reason))

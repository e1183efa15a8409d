"""What an ID token proves (身份凭证核对): every way in which one may be wrong, against keys made here.

The same through HTTP, with what the person and the trail are told: test_oidc.py.
"""

import base64
import hmac
import json
from typing import Any

import pytest
from cryptography.hazmat.primitives.asymmetric.padding import PKCS1v15
from cryptography.hazmat.primitives.hashes import SHA256
from joserfc import jws, jwt
from joserfc.jwk import ECKey, OctKey, RSAKey

from app.accounts import id_tokens
from app.errors import NotSignedIn
from tests.app import identity_provider
from tests.app.identity_provider import key, sign

NOW = 1_700_000_000
ISSUER, CLIENT, NONCE = "https://idp.example", "sanzhong", "this very flow"
CLAIMS = {"iss": ISSUER, "sub": "u-1001", "aud": CLIENT, "exp": NOW + 300, "iat": NOW, "nonce": NONCE}
PUBLISHED = [key("first").as_dict(private=False)]
CURVE = ECKey.generate_key("P-256")
NOT_CHECKED = "统一身份认证发来的身份凭证没有通过核对（{}），没有登录。请重试；仍不行请联系系统管理员。"


def subject(token: str, keys: list[Any] = PUBLISHED, claim: str = "sub") -> str:
    return id_tokens.subject(token, keys, issuer=ISSUER, client_id=CLIENT, nonce=NONCE, claim=claim, now=NOW)


def refused(token: str, reason: str, keys: list[Any] = PUBLISHED) -> None:
    with pytest.raises(NotSignedIn) as told:
        subject(token, keys)
    assert told.value.message == NOT_CHECKED.format(reason)


def segment(content: Any) -> str:
    return (
        base64.urlsafe_b64encode(content if isinstance(content, bytes) else json.dumps(content).encode())
        .decode()
        .rstrip("=")
    )


HS256 = {"alg": "HS256", "kid": "first"}


def unsigned(claims: dict[str, Any], _: RSAKey) -> str:
    return f"{segment({'alg': 'none', 'kid': 'first'})}.{segment(claims)}."


def by_public_key(claims: dict[str, Any], by: RSAKey) -> str:
    """HS256 with what everybody may know of the key for a secret."""
    body = f"{segment({'alg': 'HS256', 'kid': 'first'})}.{segment(claims)}"
    return f"{body}.{segment(hmac.digest(by.as_pem(private=False), body.encode(), 'sha256'))}"


def by_shared_secret(claims: dict[str, Any], _: RSAKey) -> str:
    return jwt.encode(HS256, claims, OctKey.generate_key(256), algorithms=["HS256"])


def with_another_name(claims: dict[str, Any], by: RSAKey) -> str:
    header, _, signature = identity_provider.sign({**claims, "sub": "u-2"}, by).split(".")
    return f"{header}.{segment(claims)}.{signature}"


def with_another_signature(claims: dict[str, Any], by: RSAKey) -> str:
    token = identity_provider.sign(claims, by)
    return f"{token[:-9]}{'A' if token[-9] != 'A' else 'B'}{token[-8:]}"


def by_somebody_else(claims: dict[str, Any], _: RSAKey) -> str:
    return jwt.encode({"alg": "RS256", "kid": "first"}, claims, key("stranger"))


def by_an_unpublished_key(claims: dict[str, Any], _: RSAKey) -> str:
    return identity_provider.sign(claims, key("stranger"))


def no_token(_: dict[str, Any], __: RSAKey) -> str:
    return "not a token"


def deep(_: dict[str, Any], __: RSAKey) -> str:
    return f"{segment(b'[' * 50_000)}.e30.AA"


def deep_inside(_: dict[str, Any], by: RSAKey) -> str:
    return jws.serialize_compact({"alg": "RS256", "kid": "first"}, b"[" * 90_000, by)


def with_a_critical_word(claims: dict[str, Any], by: RSAKey) -> str:
    """RFC 7515 §4.1.11: what is critical and not understood makes the token void."""
    return with_header({"alg": "RS256", "kid": "first", "crit": ["tenant"], "tenant": "county"}, claims, by)


def with_header(header: dict[str, Any], claims: dict[str, Any], by: RSAKey) -> str:
    """Signed by ourselves: joserfc would not."""
    body = f"{segment(header)}.{segment(claims)}"
    return f"{body}.{segment(by.private_key.sign(body.encode(), PKCS1v15(), SHA256()))}"


WRONG_SIGNATURE, WRONG_ALGORITHM = "签名不对", "签名的算法、密钥或格式不对"


@pytest.mark.parametrize(
    ("forge", "reason"),
    [
        (unsigned, WRONG_ALGORITHM),
        (by_public_key, WRONG_ALGORITHM),
        (by_shared_secret, WRONG_ALGORITHM),
        (with_another_name, WRONG_SIGNATURE),
        (with_another_signature, WRONG_SIGNATURE),
        (by_somebody_else, WRONG_SIGNATURE),
        (by_an_unpublished_key, WRONG_ALGORITHM),
        (no_token, WRONG_ALGORITHM),
        (deep, WRONG_ALGORITHM),
        (deep_inside, WRONG_ALGORITHM),
        (with_a_critical_word, WRONG_ALGORITHM),
    ],
)
def test_a_token_that_the_provider_did_not_sign_proves_nothing(forge: identity_provider.Sign, reason: str) -> None:
    refused(forge(CLAIMS, key("first")), reason)


@pytest.mark.parametrize("forge", [no_token, deep])
def test_a_text_that_is_no_token_names_no_key(forge: identity_provider.Sign) -> None:
    with pytest.raises(NotSignedIn, match="格式不对"):
        id_tokens.knows(forge(CLAIMS, key("first")), PUBLISHED)


def test_whether_the_key_is_known_is_said_by_its_name() -> None:
    assert id_tokens.knows(sign(CLAIMS, key("first")), PUBLISHED)
    assert not id_tokens.knows(sign(CLAIMS, key("stranger")), PUBLISHED)
    assert id_tokens.knows(jwt.encode({"alg": "RS256"}, CLAIMS, key("first")), PUBLISHED)


def test_a_token_without_a_keys_name_is_taken_where_one_key_is_published_and_not_where_two_are() -> None:
    token = jwt.encode({"alg": "RS256"}, CLAIMS, key("first"))
    assert subject(token) == "u-1001"
    another = key("second").as_dict(private=False)
    refused(token, WRONG_ALGORITHM, [*PUBLISHED, another])
    assert subject(token, [*PUBLISHED, another | {"use": "enc"}]) == "u-1001"  # not for signing: no other


def test_a_word_in_the_header_that_nobody_knows_does_no_harm() -> None:
    assert subject(with_header({"alg": "RS256", "kid": "first", "tenant": "county"}, CLAIMS, key("first"))) == "u-1001"


def test_a_secret_published_among_the_keys_signs_nothing() -> None:
    secret = OctKey.generate_key(256, parameters={"kid": "first"})
    refused(jwt.encode(HS256, CLAIMS, secret, algorithms=["HS256"]), WRONG_ALGORITHM, [secret.as_dict()])


@pytest.mark.filterwarnings("ignore:Key size")
@pytest.mark.parametrize("wrong", [{"use": "enc"}, {}], ids=["for encryption", "too short"])
def test_a_key_that_is_not_for_signing_or_too_short_signs_nothing(wrong: dict[str, str]) -> None:
    bad = key("first") if wrong else RSAKey.generate_key(1024, parameters={"kid": "first"})
    token = jwt.encode({"alg": "RS256", "kid": "first"}, CLAIMS, bad)
    published = {name: value for name, value in bad.as_dict(private=False).items() if name not in ("alg", "use")}
    refused(token, WRONG_ALGORITHM, [published | wrong])


def test_keys_of_other_kinds_among_the_published_do_no_harm() -> None:
    others: list[Any] = ["?", {"kty": "new"}, {"kty": "RSA", "n": "!"}, {"kty": "oct", "k": "AAAA"}, {"kty": 1}]
    assert subject(sign(CLAIMS, key("first")), [*others, *PUBLISHED]) == "u-1001"


@pytest.mark.parametrize("algorithm", ["RS256", "PS256", "RS512", "ES256"])
def test_asymmetric_algorithms_are_taken(algorithm: str) -> None:
    by: ECKey | RSAKey = CURVE if algorithm == "ES256" else RSAKey.import_key(key("first").as_pem(private=True))
    token = jwt.encode({"alg": algorithm, "kid": "first"}, CLAIMS, by, algorithms=[algorithm])
    published = by.as_dict(private=False) | {"kid": "first"}
    assert subject(token, [published]) == "u-1001"


NOT_FOR_US, NOT_OURS = "不是发给本平台的", "不是为这次登录签发的"
CLOCKS = "时间不对，请核对两边的时钟"


@pytest.mark.parametrize(
    ("claims", "reason"),
    [
        ({"nonce": "another flow's"}, NOT_OURS),
        ({"nonce": None}, NOT_OURS),
        ({"aud": "another client"}, NOT_FOR_US),
        ({"aud": None}, NOT_FOR_US),
        ({"aud": [CLIENT, "another client"]}, NOT_FOR_US),  # several, and azp does not say that we are meant
        ({"aud": [CLIENT, "another client"], "azp": "another client"}, NOT_FOR_US),
        ({"azp": "another client"}, NOT_FOR_US),
        ({"iss": "https://elsewhere.example"}, "不是这个认证平台签发的"),
        ({"iss": ISSUER + "/"}, "不是这个认证平台签发的"),
        ({"exp": NOW - 60}, "已过期"),
        ({"exp": None}, "没有可用的“exp”"),
        ({"exp": "tomorrow"}, "没有可用的“exp”"),
        ({"exp": float("inf")}, "没有可用的“exp”"),
        ({"iat": None}, "没有可用的“iat”"),
        ({"iat": NOW + 61}, CLOCKS),
        ({"nbf": NOW + 61}, CLOCKS),
        ({"sub": None}, "没有可用的“sub”"),
        ({"sub": 1001}, "没有可用的“sub”"),
        ({"sub": ""}, "没有可用的“sub”"),
        ({"sub": "u-1001\u202e"}, "没有可用的“sub”"),
        ({"sub": "u" * 256}, "没有可用的“sub”"),
    ],
    ids=str,
)
def test_a_token_for_another_time_place_or_flow_proves_nothing(claims: dict[str, Any], reason: str) -> None:
    told = {name: value for name, value in (CLAIMS | claims).items() if value is not None}
    refused(sign(told, key("first")), reason)


@pytest.mark.parametrize(
    "claims",
    [
        {"aud": [CLIENT]},
        {"aud": [CLIENT, "b"], "azp": CLIENT},
        {"exp": NOW - 59},
        {"iat": NOW + 60},
        {"exp": NOW + 0.5},
    ],
    ids=str,
)
def test_two_clocks_may_differ_by_a_minute_and_several_audiences_be_named(claims: dict[str, Any]) -> None:
    assert subject(sign(CLAIMS | claims, key("first"))) == "u-1001"


def test_another_claim_may_name_the_person() -> None:
    assert subject(sign(CLAIMS | {"employee_no": "A-17"}, key("first")), claim="employee_no") == "A-17"


def test_the_rules_of_a_token_stand_where_they_are_read() -> None:
    """No `none`, no secret: nothing but asymmetric algorithms."""
    assert {name[:2] for name in id_tokens.ALGORITHMS} == {"RS", "PS", "ES"}

"""Signatures, by the published vectors of Standard Webhooks and Svix, and with the PyPI library as a second opinion."""

import time
from datetime import UTC, datetime

import pytest
from hypothesis import given
from hypothesis import strategies as st
from standardwebhooks.webhooks import Webhook

from verifying import verifies, verifies_publicly
from webhook.sending import secrets
from webhook.sending.signing import SigningKey, sign

SECRET = "whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw"
OTHER = "whsec_C2FVsBQIhrscChlQIMV+b5sSYspob7oD"
PAIR = "whsk_6Xb/dCcHpPea21PS1N9VY/NZW723CEc77N4rJCubMbfVKIDij2HKpMKkioLlX0dRqSKJp4AJ6p9lMicMFs6Kvg=="
PUBLIC = "whpk_1SiA4o9hyqTCpIqC5V9HUakiiaeACeqfZTInDBbOir4="
ID = "msg_p5jXN8AQM9LWM0D4loKWxJek"
AT = 1614265330
BODY = b'{"test": 2432232314}'
SIGNED = "v1,g0hM9SsE+OTPJTGt/tmIKtSyZlE3uFJELVlNIOLJ1OE="


def keys(*written: str) -> list[SigningKey]:
    return [secrets.parse(one) for one in written]


def headers_now(*written: str, at: int | None = None) -> dict[str, str]:
    at = int(time.time()) if at is None else at
    return {
        "webhook-id": ID,
        "webhook-timestamp": str(at),
        "webhook-signature": sign(keys(*written), ID, at, BODY),
    }


def test_the_hmac_vector_of_every_standard_library_is_reproduced() -> None:
    assert sign(keys(SECRET), ID, AT, BODY) == SIGNED


def test_the_hmac_vector_of_the_rust_library_is_reproduced() -> None:
    body = b'{"email":"test@example.com","username":"test_user"}'
    signature = sign(keys(OTHER), "msg_27UH4WbU6Z5A5EzD8u03UvzRbpk", 1649367553, body)
    assert signature == "v1,tZ1I4/hDygAJgO5TYxiSd6Sd0kDW6hPenDe+bTa3Kkw="


def test_the_ed25519_vector_of_svix_is_reproduced() -> None:
    assert sign(keys(PAIR), ID, AT, BODY) == (
        "v1a,hnO3f9T8Ytu9HwrXslvumlUpqtNVqkhqw/enGzPCXe5BdqzCInXqYXFymVJaA7AZdpXwVLPo3mNl8EM+m7TBAg=="
    )


@given(
    body=st.binary(max_size=300),
    at=st.integers(0, 4_000_000_000),
    id=st.from_regex(r"[a-z]{1,5}_\w{1,30}", fullmatch=True),
)
def test_the_library_signs_every_text_alike(body: bytes, at: int, id: str) -> None:
    text = body.hex()
    theirs = Webhook(SECRET).sign(id, datetime.fromtimestamp(at, UTC), text)
    assert sign(keys(SECRET), id, at, text.encode()) == theirs


def test_while_a_secret_is_rotated_receivers_with_either_accept_and_a_public_key_too() -> None:
    sent = headers_now(SECRET, OTHER, PAIR)
    assert [one.split(",")[0] for one in sent["webhook-signature"].split(" ")] == ["v1", "v1", "v1a"]
    assert verifies(SECRET, sent, BODY)
    assert verifies(OTHER, sent, BODY)
    assert verifies_publicly(PUBLIC, sent, BODY)


def test_a_public_key_refuses_another_body_and_another_pair() -> None:
    sent = headers_now(PAIR)
    other = secrets.public_key(secrets.make("v1a"))
    assert other is not None
    assert not verifies_publicly(PUBLIC, sent, BODY + b" ")
    assert not verifies_publicly(other, sent, BODY)


@pytest.mark.parametrize(
    "signature",
    [
        "v1,g0hM9SsE+OTPJTGt/tmIKtSyZlE3uFJELVlNIOLJ1OA=",
        "v1,Ceo5qEr07ixe2NLpvHk3FH9bwy/WavXrAFQ/9tdO6mc=",
        "v1,R3PTzyfHASBKHH98a7yexTwaJ4yNIcGhFQc1yuN+BPU=",
        "v1,",
        "no comma",
        "v1,%%%",
        "",
    ],
)
def test_the_published_wrong_signatures_are_neither_ours_nor_accepted(signature: str) -> None:
    assert signature not in (sign(keys(SECRET), ID, AT, BODY), sign(keys(OTHER), ID, AT, BODY))
    assert not verifies(SECRET, headers_now(SECRET) | {"webhook-signature": signature}, BODY)


@pytest.mark.parametrize("missing", ["webhook-id", "webhook-timestamp", "webhook-signature"])
def test_a_webhook_without_one_of_its_headers_is_not_accepted(missing: str) -> None:
    sent = headers_now(SECRET)
    assert verifies(SECRET, sent, BODY)
    assert not verifies(SECRET, {name: value for name, value in sent.items() if name != missing}, BODY)


@pytest.mark.parametrize("off", [-310, 310])
def test_a_webhook_signed_more_than_five_minutes_off_is_not_accepted(off: int) -> None:
    assert not verifies(SECRET, headers_now(SECRET, at=int(time.time()) + off), BODY)


def test_a_timestamp_that_is_no_number_is_not_accepted() -> None:
    assert not verifies(SECRET, headers_now(SECRET) | {"webhook-timestamp": "hello"}, BODY)


def test_a_receiver_finds_the_valid_signature_among_others() -> None:
    wrong = "Ceo5qEr07ixe2NLpvHk3FH9bwy/WavXrAFQ/9tdO6mc="
    sent = headers_now(SECRET)
    mixed = f"v1,{wrong} v2,{wrong} {sent['webhook-signature']} v1,{wrong}"
    assert verifies(SECRET, sent | {"webhook-signature": mixed}, BODY)


@pytest.mark.parametrize("timestamp", ["161426533.0", "invalid timestamp", "-161426533", -161426533, 1614265330.5])
def test_nothing_is_signed_for_what_is_no_timestamp(timestamp: object) -> None:
    with pytest.raises(ValueError, match="timestamp"):
        sign(keys(SECRET), ID, timestamp, BODY)  # type: ignore[arg-type]


def test_keys_do_not_show_themselves() -> None:
    for key in keys(SECRET, PAIR):
        assert "=b" not in repr(key)

"""Secrets in the forms that libraries use between them, and what is refused with a reason."""

from base64 import b64encode

import pytest

from webhook.sending.secrets import BadSecret, decode, make, parse, public_key, written
from webhook.sending.signing import HmacKey

BARE = "MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw"
PAIR = "whsk_6Xb/dCcHpPea21PS1N9VY/NZW723CEc77N4rJCubMbfVKIDij2HKpMKkioLlX0dRqSKJp4AJ6p9lMicMFs6Kvg=="


def test_a_secret_is_the_same_with_and_without_its_prefix() -> None:
    assert parse(BARE) == parse("whsec_" + BARE)


@pytest.mark.parametrize(
    ("unpadded", "padding"), [("MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaS", "="), ("MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSwBr", "==")]
)
def test_a_secret_is_the_same_with_and_without_its_padding(unpadded: str, padding: str) -> None:
    assert decode(unpadded) == decode(unpadded + padding) == decode("whsec_" + unpadded)


def test_a_new_secret_is_written_so_that_it_reads_back() -> None:
    for kind, prefix in (("v1", "whsec_"), ("v1a", "whsk_")):
        key = make(kind)  # type: ignore[arg-type]
        assert written(key).startswith(prefix)
        assert parse(written(key)) == key


def test_two_new_secrets_differ() -> None:
    assert make("v1") != make("v1")
    assert make("v1a") != make("v1a")


def test_a_pair_has_the_published_public_key_and_a_shared_secret_none() -> None:
    assert public_key(parse(PAIR)) == "whpk_1SiA4o9hyqTCpIqC5V9HUakiiaeACeqfZTInDBbOir4="
    assert public_key(parse(BARE)) is None
    assert written(parse(PAIR)) == PAIR


@pytest.mark.parametrize(
    ("secret", "reason"),
    [
        ("", "empty"),
        ("whsec_", "empty"),
        ("w", "characters are missing"),
        ("whsec_%", "is base64"),
        ("whsec_wronglength", "24 to 64 bytes, and this is 8"),
        ("whpk_1SiA4o9hyqTCpIqC5V9HUakiiaeACeqfZTInDBbOir4=", "public key"),
        ("whsk_6Xb/dCcHpPea21PS1N9VY/NZW723CEc77N4rJCubMbfVKIDij2HKpMKkioLlX0dRqSKJp4AJ6p9lMicMFs6Kv", "missing"),
        ("hwsec_C2FVsBQIhrscChlQIMV+b5sSYspob7oD", "is base64"),
        (b64encode(bytes(76)).decode(), "24 to 64 bytes, and this is 76"),
        (b64encode(bytes(65)).decode(), "24 to 64 bytes, and this is 65"),
        ("whsec_" + b64encode(bytes(23)).decode(), "24 to 64 bytes, and this is 23"),
        ("whsk_" + b64encode(bytes(64)).decode(), "do not belong together"),
        ("whsk_", "64 bytes"),
        ("whsk_" + b64encode(bytes(63)).decode(), "64 bytes, the seed and its public key, and this is 63"),
        ("whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw\n", "is base64"),
        ("whsec_MfKQ9r8G KYqrTwjUPD8ILPZIo2LaLaSw", "is base64"),
        ("whsec_ÄfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw", "is base64"),
    ],
)
def test_a_bad_secret_is_refused_with_a_reason_that_does_not_repeat_it(secret: str, reason: str) -> None:
    with pytest.raises(BadSecret, match=reason) as refused:
        parse(secret)
    assert len(secret) < 10 or secret not in str(refused.value)


@pytest.mark.parametrize("length", [24, 64])
def test_the_shortest_and_the_longest_secret_are_taken(length: int) -> None:
    assert parse(b64encode(bytes(length)).decode()) == HmacKey(bytes(length))

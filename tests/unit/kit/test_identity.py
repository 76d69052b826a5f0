"""The header that names a caller holds only if it is ours, unchanged and young."""

import pytest

from kit.identity import LIFETIME_SECONDS, sign, verify


def test_who_was_signed_is_who_is_verified() -> None:
    identity = verify("key", sign("key", "acme", ["ops", "events:read"], "k1"))
    assert identity is not None
    assert (identity.tenant, identity.key_id) == ("acme", "k1")
    assert identity.may("ops")
    assert not identity.may("import")


def test_an_operator_without_a_tenant_has_none() -> None:
    identity = verify("key", sign("key", None, [], "k1"))
    assert identity is not None
    assert identity.tenant is None


def test_another_key_is_refused() -> None:
    assert verify("other", sign("key", "acme", [], "k1")) is None


@pytest.mark.parametrize("place", range(0, 140, 7))
def test_a_changed_header_is_refused(place: int) -> None:
    header = sign("key", "acme", ["ops"], "k1")
    changed = header[:place] + ("A" if header[place] != "A" else "B") + header[place + 1 :]
    assert verify("key", changed) is None


@pytest.mark.parametrize("header", [None, "", ".", "a.b", "ä.ö", "x" * 100, "...."])
def test_nonsense_is_refused(header: str | None) -> None:
    assert verify("key", header) is None


def test_it_ends_with_its_minute() -> None:
    header = sign("key", "acme", [], "k1", clock=lambda: 0.0)
    assert verify("key", header, clock=lambda: LIFETIME_SECONDS - 0.001) is not None
    assert verify("key", header, clock=lambda: LIFETIME_SECONDS) is None


def test_without_a_key_nothing_is_signed() -> None:
    with pytest.raises(ValueError, match="INTERNAL_KEY"):
        sign("", "acme", [], "k1")

"""How an appointment's state is stored: all of it comes back, and what is not whole is refused."""

import msgspec
import pytest

from availability.kept import decode_kept, encode_kept
from contracts.appointment import Appointment
from read_model import random_history

NEEDED = Appointment.__struct_fields__.index("position")
"""Without it no appointment was ever stored; what stands behind it was appended."""


@pytest.mark.parametrize("seed", range(3))
def test_what_is_stored_comes_back_whole(seed: int) -> None:
    stored = list(random_history(seed, 200).state.kept.values())
    assert {kept.appointment.status for kept in stored} >= {"scheduled", "cancelled"}
    assert [decode_kept(encode_kept(kept)) for kept in stored] == stored


def test_what_was_stored_before_a_member_was_appended_comes_back_with_its_default() -> None:
    (kept, *_) = random_history(1, 60).state.kept.values()
    members, *rest = msgspec.msgpack.decode(encode_kept(kept))
    assert decode_kept(msgspec.msgpack.encode((members[: NEEDED + 1], *rest))) == kept


def test_a_member_that_is_missing_is_refused_not_guessed() -> None:
    (kept, *_) = random_history(1, 60).state.kept.values()
    members, *rest = msgspec.msgpack.decode(encode_kept(kept))
    with pytest.raises(msgspec.ValidationError, match="length"):
        decode_kept(msgspec.msgpack.encode((members[:NEEDED], *rest)))


def test_the_order_of_the_members_is_what_stored_appointments_rely_on() -> None:
    """Append here what is appended to `Appointment`, with a default; any other change makes stored rows unreadable."""
    assert " ".join(Appointment.__struct_fields__) == (
        "id type version status sub_status service location_id resources coordinators customer start end tz "
        "local_start busy seats session_id series_id original_start reschedules hold accept_until price payment notes "
        "internal_notes custom_fields external_ids source override reasons created_at updated_at confirmed_at "
        "checked_in_at started_at completed_at cancelled_at position addons tombstoned tax visit_id"
    )

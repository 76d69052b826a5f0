"""Bodies made clear: personal members open where they are sent, and are blank once their person is erased."""

import asyncio
from collections.abc import Iterable, Sequence
from typing import Any

import msgspec

import samples
from contracts.public_events import PublicEvent
from eventlog.log import KeyRow
from eventlog.vault import TENANT, Vault
from webhook.clear import Clear
from webhook.queue import Claimed

MASTER = bytes(range(32))
PERSON = "cus_1.a"


class Keys:
    """The keys of a log's partition, and how often somebody asked for any."""

    def __init__(self, tenant: str = samples.TENANT) -> None:
        self.vault = Vault(MASTER)
        made = [self.vault.new_tenant_key(tenant), self.vault.ensure_subject(tenant, PERSON)]
        self.rows = [row for row in made if row is not None]
        self.asked = 0

    async def keys(self, part: int, wanted: Iterable[tuple[str, str]]) -> Sequence[KeyRow]:
        self.asked += 1
        asked = set(wanted)
        return [row for row in self.rows if (row.tenant, row.subject) in asked]

    def erase(self) -> None:
        self.rows = [row for row in self.rows if row.subject == TENANT]

    def sealed(self, text: str) -> dict[str, str]:
        return {"sealed": self.vault.seal(samples.TENANT, PERSON, text).sealed}


def claimed(data: dict[str, Any], previous: dict[str, Any] | None = None, **members: Any) -> Claimed:
    event = PublicEvent(
        type="appointment.created", webhook_id="msg_a", tenant=samples.TENANT, stream="appointment/apt_1", sequence=1,
        event_id="evt_1.7.1", position="7.1", timestamp=samples.instant("10:00"), data=data, previous=previous or {},
    )  # fmt: skip
    whole: dict[str, Any] = {
        "id": 1, "endpoint_id": "ep_1", "webhook_id": "msg_a", "run": 0, "part": 7, "tenant": samples.TENANT,
        "stream": event.stream, "sequence": 1, "attempts": 0, "attempts_ever": 0, "previous_sequence": None, "gap": [],
        "url": "", "timeout_seconds": 15, "on_poison": "block", "ordered": True, "schedule_seconds": None,
        "secrets": [],
        "event": msgspec.json.encode(event),
    }  # fmt: skip
    return Claimed(**whole | members)


def body(log: Keys, one: Claimed) -> Any:
    (made,) = asyncio.run(Clear(log, MASTER).bodies([one]))  # type: ignore[arg-type]
    assert made is not None
    return msgspec.json.decode(made)


def test_what_is_sealed_is_clear_in_the_body() -> None:
    log = Keys()
    made = body(log, claimed({"customer": {"name": log.sealed('Jo "Quote" Doe ☺')}}, {"notes": log.sealed("before")}))
    assert made["data"]["customer"]["name"] == 'Jo "Quote" Doe ☺'
    assert made["previous"]["notes"] == "before"


def test_an_erased_persons_members_are_null_and_the_rest_stays() -> None:
    log = Keys()
    one = claimed({"id": "apt_1", "customer": {"id": "cus_1", "name": log.sealed("Joe Doe")}})
    log.erase()
    assert body(log, one)["data"] == {"id": "apt_1", "customer": {"id": "cus_1", "name": None}}


def test_what_only_looks_sealed_inside_a_text_stays_as_it_is() -> None:
    text = '{"sealed":"cus_1.a.1.AAAA"}'
    assert body(Keys(), claimed({"notes": text}))["data"]["notes"] == text


def test_keys_are_asked_for_once_a_batch_and_not_where_nothing_is_sealed() -> None:
    log = Keys()
    clear = Clear(log, MASTER)  # type: ignore[arg-type]
    some = [claimed({"name": log.sealed(f"name {n}")}) for n in range(5)]
    asyncio.run(clear.bodies([*some, claimed({"name": None})]))
    assert log.asked == 1
    asyncio.run(clear.bodies([claimed({"name": None})]))
    assert log.asked == 1


def test_keys_are_not_kept_from_one_batch_to_the_next() -> None:
    log = Keys()
    clear = Clear(log, MASTER)  # type: ignore[arg-type]
    one = claimed({"name": log.sealed("Joe Doe")})
    assert b"Joe Doe" in (asyncio.run(clear.bodies([one]))[0] or b"")
    log.erase()
    assert b"Joe Doe" not in (asyncio.run(clear.bodies([one]))[0] or b"Joe Doe")


def test_a_body_says_what_was_sent_before_it_and_what_was_given_up() -> None:
    made = body(Keys(), claimed({"id": "apt_1"}, previous_sequence=2, gap=[3, 4]))
    assert (made["previous_sequence"], made["gap"]) == (2, [3, 4])


def test_one_that_cannot_be_made_holds_up_nobody() -> None:
    broken, whole = claimed({}, event=b"{"), claimed({"id": "apt_1"})
    made = asyncio.run(Clear(Keys(), MASTER).bodies([broken, whole]))  # type: ignore[arg-type]
    assert made[0] is None
    assert made[1] is not None

"""People over whatever may be said of them: a desk that forgets now and then against a naive list of persons."""

import asyncio
from dataclasses import dataclass, field
from typing import Any

from hypothesis import given, settings
from hypothesis import strategies as st

from desks import Counter, Sent, by_address, change, erase, found, merge, open_counter

IDS = ["a", "b", "c", "d"]
ADDRESSES = [f"{name}@example.com" for name in "abcx"]
AT_FIRST: list[Sent] = [("RegisterCustomer", {"id": id, "name": "x", "email": f"{id}@example.com"}) for id in "abc"]


@dataclass
class Person:
    """Everything they are known as, the id that stays first."""

    ids: list[str]
    email: str | None = None
    addresses: set[str] = field(default_factory=set)
    blocked: bool = False
    erased: bool = False


class Naive:
    """What each command should come to: the id of whom it was about, or the code of its refusal."""

    def __init__(self) -> None:
        self.people: list[Person] = []

    def known_as(self, id: str) -> Person | None:
        return next((one for one in self.people if id in one.ids), None)

    def at(self, email: str | None) -> Person | None:
        return next((one for one in self.people if email in one.addresses and not one.erased), None)

    def expect(self, kind: str, body: dict[str, Any]) -> str | None:
        """None: somebody new whose id is not known yet."""
        return getattr(self, kind)(**body)  # type: ignore[no-any-return]

    def RegisterCustomer(self, id: str | None = None, name: str | None = None, email: str | None = None) -> str | None:
        if id and (person := self.known_as(id)):
            return "customer_not_found" if person.erased else person.ids[0]
        if person := self.at(email):
            return person.ids[0]
        self.people.append(Person([id or ""], email, {email} if email else set()))
        return id

    def ChangeCustomer(self, customer_id: str, email: str | None) -> str:
        person, holder = self.known_as(customer_id), self.at(email)
        if person is None or person.erased:
            return "customer_not_found"
        if holder not in (None, person):
            return "invalid_command"
        if person.email != email:
            person.addresses.discard(person.email or "")
        person.email = email
        person.addresses |= {email} if email else set()
        return person.ids[0]

    def MergeCustomers(self, customer_id: str, into: str) -> str:
        gone, stays = self.known_as(customer_id), self.known_as(into)
        if customer_id == into:
            return "invalid_command"
        if gone is None or stays is None or gone.erased or stays.erased:
            return "customer_not_found"
        if gone is stays:
            return into
        stays.ids, stays.addresses = stays.ids + gone.ids, stays.addresses | gone.addresses
        stays.email, stays.blocked = stays.email or gone.email, stays.blocked or gone.blocked
        self.people.remove(gone)
        return stays.ids[0]

    def BlockCustomer(self, customer_id: str) -> str:
        return self._blocks(customer_id, blocked=True)

    def UnblockCustomer(self, customer_id: str) -> str:
        return self._blocks(customer_id, blocked=False)

    def _blocks(self, customer_id: str, *, blocked: bool) -> str:
        person = self.known_as(customer_id)
        if person is None or person.erased:
            return "customer_not_found"
        same, person.blocked = person.blocked == blocked, blocked
        return customer_id if same else person.ids[0]

    def EraseCustomer(self, customer_id: str) -> str:
        person = self.known_as(customer_id)
        if person is None or person.erased:
            return "customer_not_found"
        person.erased = True
        return person.ids[0]


ids, addresses = st.sampled_from(IDS), st.sampled_from(ADDRESSES)
commands = st.one_of(
    st.builds(lambda id, email: ("RegisterCustomer", {"id": id, "name": "x", "email": email}), ids, addresses),
    st.builds(lambda id: ("RegisterCustomer", {"id": id, "name": "x"}), ids),
    st.builds(by_address, addresses),
    st.builds(lambda id, email: change(id, email=email), ids, st.one_of(addresses, st.none())),
    st.builds(merge, ids, ids),
    st.builds(merge, ids, ids),
    st.builds(merge, ids, ids),
    st.builds(lambda id: ("BlockCustomer", {"customer_id": id}), ids),
    st.builds(lambda id: ("UnblockCustomer", {"customer_id": id}), ids),
    st.builds(erase, ids),
)
polls = st.lists(st.tuples(st.booleans(), st.lists(commands, min_size=1, max_size=5)), min_size=2, max_size=6)
"""Whether the desk has forgotten everything before it, and what it is sent."""


async def agree(counter: Counter, naive: Naive, sent: list[Sent]) -> None:
    for outcome, (kind, body) in zip(await counter.poll(*sent), sent, strict=True):
        expected = naive.expect(kind, body)
        if expected is None:
            naive.people[-1].ids = [found(outcome)]
        elif outcome["result"] == "rejected":
            assert outcome["error"]["code"] == expected, (kind, body, outcome)
        else:
            assert found(outcome) == expected, (kind, body, outcome)


async def play(played: list[tuple[bool, list[Sent]]]) -> None:
    counter, naive = await open_counter(), Naive()
    await agree(counter, naive, AT_FIRST)
    for forgets, sent in played:
        if forgets:
            counter.begin_anew()
        # Whoever an address made has an id that only the desk knows: each is a poll of its own.
        for one in sent if any(body.keys() == {"email"} for _, body in sent) else [None]:
            await agree(counter, naive, [one] if one else sent)
    counter.begin_anew()
    await agree(counter, naive, [("RegisterCustomer", {"id": id, "name": "x"}) for id in IDS])
    for email in ADDRESSES:
        await agree(counter, naive, [by_address(email)])
    for person in naive.people:
        assert await counter.has_key(*person.ids) == [not person.erased] * len(person.ids)


@settings(max_examples=120, deadline=None)
@given(polls)
def test_ids_and_addresses_lead_where_a_naive_list_says(played: list[tuple[bool, list[Sent]]]) -> None:
    asyncio.run(play(played))

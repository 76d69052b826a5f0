"""The rules that the tenant has set as policies, and what they say about one appointment."""

import msgspec
from msgspec.structs import replace

from booking.change import Change, Decision, resource_stream
from booking.refusals import not_found
from booking.rule import Rule
from booking.view import View
from contracts.appointment import Appointment
from contracts.commands import SetPolicies
from contracts.errors import Rejection
from contracts.events import Policies, PoliciesSet, Scope
from contracts.parts import NotifyBody, ScopeBody
from contracts.session import Session
from contracts.values import Notify, SlotFacts
from scheduling.book import scope_key
from scheduling.policies import Rules, rules

EVERYBODY, NOBODY = Notify(), Notify(customer=False, staff=False)


def set_policies(command: SetPolicies, view: View) -> Decision:
    if missing := _unknown(command.scope, view):
        return missing
    scope = Scope(**command.scope.model_dump())
    said = command.model_dump(include=set(Policies.__struct_fields__), exclude_unset=True)
    policies = msgspec.convert(said, Policies)
    if view.book.policies.get(scope_key(scope), Policies()) == policies:
        return []
    stream = stream_of(command.scope, view.state.tenant)
    return [Change(stream, PoliciesSet(scope=scope, policies=policies), stream)]


def _unknown(scope: ScopeBody, view: View) -> Rejection | None:
    named = (
        ("location", scope.location_id, view.book.locations),
        ("service", scope.service_id, view.book.services),
        ("resource", scope.resource_id, view.book.resources),
    )
    for what, id, known in named:
        if id is not None and id not in known:
            return not_found(f"scope.{what}_id", what)
    return None


def stream_of(scope: ScopeBody, tenant: str) -> str:
    """Policies belong to what they are about."""
    if scope.resource_id is not None:
        return resource_stream(scope.resource_id)
    if scope.service_id is not None:
        return f"service/{scope.service_id}"
    return f"location/{scope.location_id}" if scope.location_id is not None else f"tenant/{tenant}"


def rules_of(slot: SlotFacts | Appointment | Session, view: View) -> Rules:
    """What holds for an appointment or a session there and then."""
    return rules(
        view.book,
        location_id=slot.location_id,
        service_id=slot.service.id,
        resource_ids=[resource.id for resource in slot.resources],
    )


def told(asked: NotifyBody, slot: SlotFacts | Appointment | Session, view: View) -> Notify:
    """Who is told: as the command says, else as the policies do. Of history nobody is."""
    if view.imported:
        return NOBODY
    usual = rules_of(slot, view).notify if view.book.policies else EVERYBODY
    if asked.customer is not None:
        usual = replace(usual, customer=asked.customer)
    return usual if asked.staff is None else replace(usual, staff=asked.staff)


RULES = (Rule(SetPolicies, set_policies, writes=lambda command, tenant: stream_of(command.scope, tenant)),)

"""The rulebook: every rule, by the type of its commands. A new module of rules is one more name in `MODULES`."""

from booking import (
    bookings,
    contacts,
    coupons,
    customers,
    details,
    external,
    holds,
    hours,
    life,
    merges,
    money,
    moves,
    offers,
    policies,
    revisions,
    roster,
    second_thoughts,
    series,
    sessions,
    supply,
    waitlist,
)
from booking.rule import Rule
from contracts.command import Command

MODULES = (
    supply, hours, policies, customers, holds, bookings, moves, life, details, revisions, money, series, contacts,
    merges, second_thoughts, coupons, sessions, waitlist, offers, roster, external,
)  # fmt: skip

RULES: dict[type[Command], Rule] = {rule.command: rule for module in MODULES for rule in module.RULES}

"""The rulebook: every rule, by the type of its commands. A new module of rules is one more name in `MODULES`."""

from booking import bookings, customers, details, holds, hours, life, money, moves, policies, revisions, series, supply
from booking.rule import Rule
from contracts.command import Command

MODULES = (supply, hours, policies, customers, holds, bookings, moves, life, details, revisions, money, series)

RULES: dict[type[Command], Rule] = {rule.command: rule for module in MODULES for rule in module.RULES}

"""Commands about customers."""

from contracts.command import Command
from contracts.fields import Id, LongText
from contracts.parts import CustomerBody


class RegisterCustomer(Command, CustomerBody):
    """Found by id or e-mail, else created."""


class BlockCustomer(Command):
    """From now on refused holds and bookings; what is booked stays."""

    customer_id: Id
    reason: LongText | None = None


class UnblockCustomer(Command):
    customer_id: Id


class EraseCustomer(Command):
    """Makes all that is personal unreadable, everywhere and for good; what is booked stays."""

    customer_id: Id

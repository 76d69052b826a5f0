"""Commands about customers."""

from pydantic import Field

from contracts.command import Command
from contracts.fields import Email, ExternalIds, Id, Language, LongText, Phone, Text
from contracts.parts import CustomerBody


class RegisterCustomer(Command, CustomerBody):
    """Found by id or e-mail, else created."""

    external_ids: ExternalIds = Field(default_factory=dict, json_schema_extra={"default": {}})


class ChangeCustomer(Command):
    """Only what is given changes, and as a whole; null empties. The address must not be somebody else's."""

    customer_id: Id
    name: Text | None = None
    email: Email | None = None
    phone: Phone | None = None
    language: Language | None = None
    external_ids: ExternalIds | None = None


class MergeCustomers(Command):
    """Both are one person, and that is `into` from now on: the other id and its addresses lead there."""

    customer_id: Id
    into: Id


class BlockCustomer(Command):
    """From now on refused holds and bookings; what is booked stays."""

    customer_id: Id
    reason: LongText | None = None


class UnblockCustomer(Command):
    customer_id: Id


class EraseCustomer(Command):
    """Makes all that is personal unreadable, everywhere and for good; what is booked stays."""

    customer_id: Id

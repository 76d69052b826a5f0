"""The base of all commands, and of those about one appointment."""

from typing import Annotated

from pydantic import Field

from contracts.fields import Id
from contracts.parts import ActorBody, Body, NotifyBody


class Command(Body):
    """Members every command may carry. `actor` defaults to the sender's."""

    actor: ActorBody | None = None


class OnAppointment(Command):
    """About one appointment. `expected_version` refuses a change of anything but that version."""

    appointment_id: Id
    expected_version: Annotated[int, Field(ge=1)] | None = None


class Transition(OnAppointment):
    """A change that somebody may be told of."""

    notify: NotifyBody = NotifyBody()

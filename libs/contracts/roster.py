"""Commands about the roster: what is not given any more, who may give what, what other calendars have."""

from typing import Annotated, Self

from pydantic import Field, StringConstraints, model_validator

from contracts.command import Command
from contracts.fields import CLEAN, Id, Ids
from contracts.parts import Body, broken


class RetireLocation(Command):
    """Hides it from new bookings and lists; what is booked stays. Defining it again brings it back."""

    id: Id


class RetireService(Command):
    id: Id


class RetireResource(Command):
    id: Id


class CertifiedBody(Body):
    """A service that a resource may give; without `location_ids` at every place."""

    service_id: Id
    location_ids: Ids = []


class SetEligibility(Command):
    """The services that a resource may give, where; null asks for no certificate, an empty list allows none."""

    resource_id: Id
    services: Annotated[list[CertifiedBody], Field(max_length=1000)] | None

    @model_validator(mode="after")
    def _names_each_once(self) -> Self:
        named = [one.service_id for one in self.services or ()]
        if len(set(named)) < len(named):
            raise broken("services", "each service is named once")
        return self


class ImportExternalBusy(Command):
    """What an iCalendar has of somebody's time, instead of what was imported from this `source` before."""

    resource_id: Id
    source: Id
    ics: Annotated[str, StringConstraints(min_length=1, pattern=CLEAN)]

"""The stationery of an installation: its From mailbox, the links in its messages, the tenants' own templates."""

from collections.abc import Callable, Mapping

from kit.settings import Settings
from notification.channels.opening import sender_of
from notification.rendering.render import medium_of
from notification.rendering.words import Audience, Kind, Mailbox, Template, language_of
from notification.rows import Row
from notification.sending.recipients import Recipient
from notification.templates import Place, Templates
from notification.unsubscribing import Leaving, link

AddressKey = Callable[[str, str], str]
"""(tenant, address) → the key by which an address is suppressed."""


class OurStationery:
    """Implements `Stationery`."""

    def __init__(self, settings: Settings, templates: Templates, address_key: AddressKey) -> None:
        self._settings, self._templates, self._address_key = settings, templates, address_key

    def sender(self, business: str) -> Mailbox:
        return sender_of(self._settings, business)

    def links(self, row: Row, recipient: Recipient) -> Mapping[str, str]:
        """A reminder's mail can be ended by whoever gets it; a text message has no room for it."""
        if row.kind != "reminder" or medium_of(row.channel) == "sms":
            return {}
        settings = self._settings
        leaving = Leaving(row.tenant, self._address_key(row.tenant, recipient.address), language_of(recipient.language))
        base = settings.public_url or settings.gateway_url
        return {"unsubscribe": link(base, settings.internal_key.get_secret_value(), leaving)}

    def own(self, tenant: str, kind: Kind, audience: Audience, channel: str, language: str) -> Template | None:
        return self._templates.own(Place(tenant, kind, audience, medium_of(channel), language_of(language)))

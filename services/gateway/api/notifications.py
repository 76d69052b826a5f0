"""`/v1/notifications` and an appointment's notifications: passed on to the service that owns them.

Whoever may read appointments may see who was told of them; whoever may change them may have it told again. The list of
addresses that take no reminders belongs to those who keep customers.
"""

from gateway.api.reads import CUSTOMERS_SEEN_BY, OPERATOR, READ, Passed
from gateway.api.templates import TEMPLATES
from gateway.services import NOTIFICATION

WRITE, KEEPS_CUSTOMERS = "appointments:write", "customers:write"
ROOT = "/v1/notifications"
PAGE = ("limit", "cursor")


def _route(
    method: str, path: str, scopes: tuple[str, ...], says: str, answer: str, *, query: tuple[str, ...] = (),
    takes: str = "", done: str = "200",
) -> Passed:  # fmt: skip
    return Passed(method, path, NOTIFICATION, scopes, says, "notifications", query, answer, takes, done)


NOTIFICATIONS: tuple[Passed, ...] = (
    _route("GET", "/v1/appointments/{appointment_id}/notifications", (READ,),
           "Who is told what of an appointment, when, and what became of it", "Notifications", query=("after",)),
    _route("GET", f"{ROOT}/attempts", (READ,), "What was sent, and what came of it; newest first",
           "NotificationAttempts", query=("appointment_id", "channel", *PAGE)),
    _route("POST", f"{ROOT}/attempts/resend", (WRITE,), "Send a notification once more, under its Message-ID",
           "SentAgain", takes="OneNotification", done="202"),
    _route("GET", f"{ROOT}/suppressions", CUSTOMERS_SEEN_BY, "Addresses that take no reminders", "Suppressions",
           query=("address", *PAGE)),
    _route("POST", f"{ROOT}/suppressions", (KEEPS_CUSTOMERS,), "An address takes no reminders from now on",
           "Suppression", takes="NewSuppression", done="201"),
    _route("DELETE", f"{ROOT}/suppressions/{{suppression_id}}", (KEEPS_CUSTOMERS,), "It takes them again", "",
           done="204"),
    Passed("POST", "/ops/notifications/replay", NOTIFICATION, (OPERATOR,),
           "Tell those who were not told when it happened: a range of a tenant's log", "operators", (),
           "Replanned", "NotificationReplay", "202"),
    *TEMPLATES,
)  # fmt: skip

"""`/v1/notifications/templates`, a tenant's own words for a message, and the link by which people end their reminders.

Both are passed on to the notification service. The link needs no key: it is signed by that service itself.
"""

from starlette.requests import Request
from starlette.responses import Response

from gateway.api.reads import PASSED_BACK, SEEN_BY, SUPPLY, Endpoint, Passed
from gateway.callers import Caller
from gateway.edge import edge_of
from gateway.reading import body_of
from gateway.services import NOTIFICATION, segment

ROOT = "/v1/notifications/templates"
ONE = f"{ROOT}/{{kind}}/{{language}}"
WHICH = ("audience", "channel")

LINK = "/v1/notifications/unsubscribe/{token}"
LINK_BODY_LIMIT = 4_096
SAFE = ("Content-Security-Policy", "Referrer-Policy")
NOBODY = Caller("unsubscribe", None, frozenset())


def _route(method: str, path: str, says: str, answer: str, *, takes: str = "", done: str = "200") -> Passed:
    scopes = SEEN_BY if method == "GET" else (SUPPLY,)
    query = () if path == ROOT else WHICH
    return Passed(method, path, NOTIFICATION, scopes, says, "notifications", query, answer, takes, done)


TEMPLATES: tuple[Passed, ...] = (
    _route("GET", ROOT, "Every message that is sent, and whose words it is in", "Templates"),
    _route("GET", ONE, "A message's template as it is now", "MessageTemplate"),
    _route("PUT", ONE, "A message in the tenant's own words", "MessageTemplate", takes="TemplateSources"),
    _route("DELETE", ONE, "The shipped template again", "", done="204"),
    _route("POST", f"{ONE}/preview", "A template filled with a sample; nothing is kept or sent", "TemplatePreview",
           takes="TemplateSources"),
)  # fmt: skip


async def _unsubscribe(request: Request) -> Response:
    """Asked without a key, by people and by their mail programs (RFC 8058)."""
    edge, target = edge_of(request), LINK.replace("{token}", segment(request.path_params["token"]))
    body = await body_of(request, LINK_BODY_LIMIT)
    reply = await edge.services.ask(NOTIFICATION, request.method, target, NOBODY, {}, body)
    kept = {name: reply.headers[name] for name in (*PASSED_BACK, *SAFE) if name in reply.headers}
    return Response(reply.body, reply.status, kept)


UNSUBSCRIBE: tuple[tuple[str, str, Endpoint], ...] = (("GET", LINK, _unsubscribe), ("POST", LINK, _unsubscribe))

"""`/v1/webhooks`: endpoints, attempts, notices, replays, the catalogue of types: passed on to whose they are.

Whoever may see where events go may also send them elsewhere, so one scope covers all of it.
"""

from gateway.api.reads import Passed
from gateway.services import WEBHOOK

SCOPE = ("webhooks:*",)
ROOT = "/v1/webhooks"
PAGE = ("limit", "cursor")


def _route(
    method: str, path: str, says: str, answer: str, *, query: tuple[str, ...] = (), takes: str = "", done: str = "200"
) -> Passed:
    return Passed(method, ROOT + path, WEBHOOK, SCOPE, says, "webhooks", query, answer, takes, done)


WEBHOOKS: tuple[Passed, ...] = (
    _route("GET", "/types", "Every public type, with the JSON Schema of its body", "PublicTypes"),
    _route("POST", "/endpoints", "Make an endpoint; its secret is shown here and when it is rotated", "Endpoint",
           takes="NewEndpoint", done="201"),
    _route("GET", "/endpoints", "List endpoints", "Endpoints"),
    _route("GET", "/endpoints/{endpoint_id}", "Read an endpoint", "Endpoint"),
    _route("PATCH", "/endpoints/{endpoint_id}", "Change an endpoint", "Endpoint", takes="EndpointChange"),
    _route("DELETE", "/endpoints/{endpoint_id}", "Delete an endpoint: no request starts after this", "", done="204"),
    _route("POST", "/endpoints/{endpoint_id}/pause", "Send nothing for now; what happens is kept", "Endpoint"),
    _route("POST", "/endpoints/{endpoint_id}/resume", "Send again, what was kept first", "Endpoint"),
    _route("POST", "/endpoints/{endpoint_id}/test", "Send an `endpoint.test` there and tell what came of it", "Tried"),
    _route("POST", "/endpoints/{endpoint_id}/rotate", "Make a new secret, or take this one", "Rotated",
           takes="Rotation"),
    _route("GET", "/attempts", "What was sent, and what came of it; newest first", "Attempts",
           query=("endpoint_id!", *PAGE)),
    _route("POST", "/attempts/resend", "Send a delivery once more, under its id", "Sending", takes="OneDelivery",
           done="202"),
    _route("POST", "/attempts/skip", "Give up a parked delivery, so that those behind it go on", "Sending",
           takes="OneDelivery", done="202"),
    _route("GET", "/notices", "What became of endpoints: disabled, recovered, parked; newest first", "Notices",
           query=PAGE),
    _route("POST", "/replays", "Send a range of the log again", "Replay", takes="NewReplay", done="201"),
    _route("GET", "/replays", "The latest replays", "Replays"),
    _route("GET", "/replays/{replay_id}", "How far a replay is", "Replay"),
    _route("POST", "/replays/{replay_id}/cancel", "End a replay", "Replay"),
)  # fmt: skip

"""What callers see of endpoints, attempts, replays and notices: published shapes, made from what is stored; pure."""

from msgspec import UNSET

from contracts import webhooks
from webhook import attempts, endpoints, notices, replays


def endpoint_shown(one: endpoints.Endpoint, secret: str | None = None) -> webhooks.Endpoint:
    """The endpoint; its secret only where it was just made."""
    said = one.subscription
    return webhooks.Endpoint(
        id=one.id,
        url=said.url,
        types=list(said.types),
        filter=webhooks.Filter(
            location_ids=list(said.location_ids),
            service_ids=list(said.service_ids),
            resource_ids=list(said.resource_ids),
        ),
        ordered=said.ordered,
        on_poison=said.on_poison,
        from_=one.position,
        schedule_seconds=None if said.schedule_seconds is None else list(said.schedule_seconds),
        timeout_seconds=said.timeout_seconds,
        rate_per_second=said.rate_per_second,
        description=said.description,
        signing=one.signing,
        public_key=one.public_key,
        status=one.status,
        reason=one.reason,
        paused_until=one.paused_until,
        created_at=one.created_at,
        updated_at=one.changed_at,
        secret=UNSET if secret is None else secret,
    )


def attempt_shown(endpoint_id: str, one: attempts.Attempt) -> webhooks.Attempt:
    return webhooks.Attempt(
        endpoint_id=endpoint_id,
        webhook_id=one.webhook_id,
        attempt=one.attempt,
        at=one.at,
        status=one.status,
        error=one.error,
        latency_ms=one.latency_ms,
    )


def notice_shown(one: notices.Notice) -> webhooks.Notice:
    return webhooks.Notice(
        type=one.type, endpoint_id=one.endpoint_id, reason=one.reason, webhook_id=one.webhook_id, at=one.at
    )


def replay_shown(one: replays.Replay) -> webhooks.Replay:
    return webhooks.Replay(
        id=one.id,
        endpoint_id=one.endpoint_id,
        from_=one.from_,
        to=one.to,
        types=list(one.types),
        status=one.status,
        done=one.done,
        total=one.total,
        created_at=one.made_at,
    )

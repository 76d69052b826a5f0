"""Webhooks through the front door: what may be asked of endpoints, what is refused, and by which member."""

import asyncio
from collections.abc import AsyncIterator
from typing import Any

import httpx
import pytest

from hooked import receiving
from hooks import ENDPOINTS, ROOT, URL, made, refused
from served_gateway import OPERATOR_KEY, Served
from stack import Postgres
from verifying import verifies
from whole import clinic, whole

SECRET = "whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw"
ABSENT = "ep_none"


@pytest.fixture(scope="module")
async def edge(kafka: str, postgres: Postgres) -> AsyncIterator[Served]:
    async with whole(kafka, postgres) as running:
        yield running


@pytest.fixture(scope="module")
async def acme(edge: Served) -> AsyncIterator[httpx.AsyncClient]:
    async with clinic(edge) as client:
        yield client


@pytest.fixture(scope="module")
async def rival(edge: Served) -> AsyncIterator[httpx.AsyncClient]:
    async with clinic(edge, "rival") as client:
        yield client


# --- endpoints ----------------------------------------------------------------------------------------------------


async def test_an_endpoint_is_made_with_the_defaults_and_shows_its_secret_once(acme: httpx.AsyncClient) -> None:
    shown = await made(acme)
    secret = shown.pop("secret")
    assert secret.startswith("whsec_")
    assert shown["id"].startswith("ep_")
    part, _, position = shown["from"].partition(".")
    assert part.isdecimal()
    assert int(position) > 0
    del shown["id"], shown["from"], shown["created_at"], shown["updated_at"]
    assert shown == {
        "url": URL, "types": ["appointment.*"], "filter": {"location_ids": [], "service_ids": [], "resource_ids": []},
        "ordered": True, "on_poison": "block", "schedule_seconds": None, "timeout_seconds": 15,
        "rate_per_second": None, "description": "", "signing": "v1", "public_key": None, "status": "enabled",
        "reason": None, "paused_until": None,
    }  # fmt: skip


async def test_an_endpoint_is_what_was_asked_and_reads_the_same_without_its_secret(acme: httpx.AsyncClient) -> None:
    asked: dict[str, Any] = {
        "types": ["appointment.created", "refund.*"], "filter": {"location_ids": ["main"], "resource_ids": ["ann"]},
        "ordered": False, "on_poison": "skip", "schedule_seconds": [0, 1.5], "timeout_seconds": 60,
        "rate_per_second": 0.5, "description": "Books", "signing": "both", "secret": SECRET, "from": "beginning",
    }  # fmt: skip
    shown = await made(acme, **asked)
    assert shown["secret"] == SECRET
    assert shown["public_key"].startswith("whpk_")
    assert shown["from"].endswith(".0")
    assert shown["filter"] == {"location_ids": ["main"], "service_ids": [], "resource_ids": ["ann"]}
    same = {name: value for name, value in asked.items() if name not in ("secret", "filter", "from")}
    assert same.items() <= shown.items()
    del shown["secret"]
    assert (await acme.get(f"{ENDPOINTS}/{shown['id']}")).json() == shown
    assert shown in (await acme.get(ENDPOINTS)).json()["items"]


async def test_the_position_it_begins_at_is_named_whatever_it_was_given_as(acme: httpx.AsyncClient) -> None:
    now = (await made(acme))["from"]
    part, _, last = now.partition(".")
    assert (await made(acme, **{"from": f"{part}.1"}))["from"] == f"{part}.1"
    assert (await made(acme, **{"from": f"{part}.{10**17}"}))["from"] == now
    assert (await made(acme, **{"from": "2001-01-01T00:00:00Z"}))["from"] == f"{part}.0"
    assert (await made(acme, **{"from": "2101-01-01T00:00:00+01:00"}))["from"] == f"{part}.{last}"


@pytest.mark.parametrize(
    ("more", "field"),
    [
        ({"types": []}, "types"),
        ({"types": ["appointment.nothing"]}, "types.0"),
        ({"types": ["appointment.*", "*.created"]}, "types.1"),
        ({"types": "appointment.*"}, "types"),
        ({"filter": {"location_ids": ["no spaces"]}}, "filter.location_ids.0"),
        ({"ordered": "yes"}, "ordered"),
        ({"on_poison": "drop"}, "on_poison"),
        ({"schedule_seconds": []}, "schedule_seconds"),
        ({"schedule_seconds": [0, -1]}, "schedule_seconds.1"),
        ({"timeout_seconds": 0}, "timeout_seconds"),
        ({"timeout_seconds": 60.5}, "timeout_seconds"),
        ({"rate_per_second": 0}, "rate_per_second"),
        ({"signing": "v2"}, "signing"),
        ({"description": "d" * 1001}, "description"),
        ({"from": "yesterday"}, "from"),
        ({"from": "99.1"}, "from"),
        ({"from": "2026-01-01T00:00:00"}, "from"),
        ({"from": "1."}, "from"),
    ],
    ids=str,
)
async def test_a_member_that_cannot_be_is_named(acme: httpx.AsyncClient, more: dict[str, Any], field: str) -> None:
    answer = await acme.post(ENDPOINTS, json={"url": URL, **more})
    assert refused(answer) == (400, "invalid_command", field)


async def test_members_that_are_unknown_or_missing_are_named(acme: httpx.AsyncClient) -> None:
    assert refused(await acme.post(ENDPOINTS, json={"url": URL, "colour": "red"})) == (400, "unknown_field", "colour")
    deep = {"url": URL, "filter": {"customer_ids": []}}
    assert refused(await acme.post(ENDPOINTS, json=deep)) == (400, "unknown_field", "filter.customer_ids")
    assert refused(await acme.post(ENDPOINTS, json={})) == (400, "invalid_command", "url")
    assert refused(await acme.post(ENDPOINTS, content=b"{")) == (400, "invalid_command", None)
    assert refused(await acme.post(ENDPOINTS, json=[])) == (400, "invalid_command", None)


@pytest.mark.parametrize(
    "url",
    ["ftp://example.com/", "https://joe:secret@example.com/", "https://", "not a url", "https://10.0.0.1/",
     "https://0x0a000001/", "https://[::ffff:169.254.169.254]/", "http://example.com/", "https://167772161/"],
)  # fmt: skip
async def test_a_url_that_may_not_be_sent_to_is_refused_when_it_is_given(acme: httpx.AsyncClient, url: str) -> None:
    assert refused(await acme.post(ENDPOINTS, json={"url": url})) == (422, "invalid_command", "url")
    shown = await made(acme)
    change = await acme.patch(f"{ENDPOINTS}/{shown['id']}", json={"url": url})
    assert refused(change) == (422, "invalid_command", "url")
    assert (await acme.get(f"{ENDPOINTS}/{shown['id']}")).json()["url"] == URL


@pytest.mark.parametrize(
    ("signing", "secret"),
    [("v1", "whsec_%"), ("v1", "whsec_c2hvcnQ="), ("v1", "whpk_1SiA4o9hyqTCpIqC5V9HUakiiaeACeqfZTInDBbOir4="),
     ("v1a", SECRET)],
)  # fmt: skip
async def test_a_secret_that_cannot_sign_is_refused(acme: httpx.AsyncClient, signing: str, secret: str) -> None:
    answer = await acme.post(ENDPOINTS, json={"url": URL, "signing": signing, "secret": secret})
    assert refused(answer) == (422, "invalid_command", "secret")
    assert secret not in answer.text


async def test_a_change_changes_what_it_names_and_null_takes_the_default(acme: httpx.AsyncClient) -> None:
    shown = await made(acme, schedule_seconds=[0, 9], rate_per_second=3, description="Books")
    path = f"{ENDPOINTS}/{shown['id']}"
    changed = (await acme.patch(path, json={"types": ["*"], "filter": {"service_ids": ["cut"]}})).json()
    assert (changed["types"], changed["filter"]["service_ids"]) == (["*"], ["cut"])
    assert (changed["schedule_seconds"], changed["rate_per_second"], changed["description"]) == ([0, 9], 3, "Books")
    changed = (await acme.patch(path, json={"schedule_seconds": None, "rate_per_second": None})).json()
    assert (changed["schedule_seconds"], changed["rate_per_second"], changed["types"]) == (None, None, ["*"])
    assert "secret" not in changed
    assert (await acme.patch(path, json={})).status_code == 200
    assert (await acme.patch(path, json={"signing": "both"})).json()["public_key"].startswith("whpk_")


@pytest.mark.parametrize("name", ["secret", "from", "status", "id"])
async def test_what_is_no_matter_of_a_change_is_an_unknown_field(acme: httpx.AsyncClient, name: str) -> None:
    shown = await made(acme)
    answer = await acme.patch(f"{ENDPOINTS}/{shown['id']}", json={name: "now"})
    assert refused(answer) == (400, "unknown_field", name)


async def test_it_is_paused_resumed_and_deleted(acme: httpx.AsyncClient) -> None:
    path = f"{ENDPOINTS}/{(await made(acme))['id']}"
    assert (await acme.post(f"{path}/pause")).json()["status"] == "paused"
    assert (await acme.get(path)).json()["status"] == "paused"
    assert (await acme.post(f"{path}/resume")).json()["status"] == "enabled"
    gone = await acme.delete(path)
    assert (gone.status_code, gone.content) == (204, b"")
    for answer in (await acme.get(path), await acme.delete(path), await acme.post(f"{path}/pause")):
        assert refused(answer)[:2] == (404, "not_found")


@pytest.mark.parametrize(
    ("method", "path"),
    [("GET", ""), ("PATCH", ""), ("DELETE", ""), ("POST", "/pause"), ("POST", "/resume"), ("POST", "/test"),
     ("POST", "/rotate")],
)  # fmt: skip
async def test_another_tenants_endpoint_is_not_there(
    acme: httpx.AsyncClient, rival: httpx.AsyncClient, method: str, path: str
) -> None:
    shown = await made(acme)
    json: dict[str, Any] | None = {} if method in ("PATCH", "POST") else None
    for named in (shown["id"], ABSENT, "a%00b"):
        answer = await rival.request(method, f"{ENDPOINTS}/{named}{path}", json=json)
        assert refused(answer)[:2] == (404, "not_found")
    assert shown["id"] not in [one["id"] for one in (await rival.get(ENDPOINTS)).json()["items"]]
    assert (await acme.get(f"{ENDPOINTS}/{shown['id']}")).json()["status"] == "enabled"


async def test_a_key_without_the_scope_is_refused_and_an_operator_names_the_tenant(
    edge: Served, acme: httpx.AsyncClient
) -> None:
    key = (await edge.new_key("acme", "events:read", "appointments:read"))["key"]
    async with edge.client(key) as reader:
        assert refused(await reader.get(ENDPOINTS))[:2] == (403, "forbidden")
        assert refused(await reader.get(f"{ROOT}/types"))[:2] == (403, "forbidden")
    async with edge.client(OPERATOR_KEY) as operator:
        assert refused(await operator.get(ENDPOINTS)) == (400, "invalid_query", "Slotkeeper-Tenant")
        answer = await operator.get(ENDPOINTS, headers={"Slotkeeper-Tenant": "acme"})
        assert answer.json() == (await acme.get(ENDPOINTS)).json()


# --- secrets ------------------------------------------------------------------------------------------------------


async def test_a_rotation_shows_the_new_secret_and_three_sign_at_once_at_most(acme: httpx.AsyncClient) -> None:
    shown = await made(acme, secret=SECRET)
    rotate = f"{ENDPOINTS}/{shown['id']}/rotate"
    second = (await acme.post(rotate)).json()
    assert second["secret"].startswith("whsec_")
    assert second["secret"] != SECRET
    given = "whsec_C2FVsBQIhrscChlQIMV+b5sSYspob7oD"
    assert (await acme.post(rotate, json={"secret": given, "overlap_seconds": 604_800})).json() == {"secret": given}
    fourth = await acme.post(rotate, json={"overlap_seconds": 60})
    assert refused(fourth)[:2] == (409, "limit_reached")


@pytest.mark.parametrize("overlap", [-1, 604_801, 1.5, "60"])
async def test_an_overlap_is_none_to_seven_days(acme: httpx.AsyncClient, overlap: object) -> None:
    rotate = f"{ENDPOINTS}/{(await made(acme))['id']}/rotate"
    answer = await acme.post(rotate, json={"overlap_seconds": overlap})
    assert refused(answer) == (400, "invalid_command", "overlap_seconds")
    assert refused(await acme.post(rotate, json={"secret": "whsec_%"})) == (422, "invalid_command", "secret")


async def test_without_an_overlap_the_old_secrets_end_at_once(acme: httpx.AsyncClient) -> None:
    async with receiving() as receiver:
        shown = await made(acme, receiver.url(), secret=SECRET)
        path = f"{ENDPOINTS}/{shown['id']}"
        await acme.post(f"{path}/test")
        new = (await acme.post(f"{path}/rotate", json={"overlap_seconds": 60})).json()["secret"]
        await acme.post(f"{path}/test")
        newest = (await acme.post(f"{path}/rotate", json={"overlap_seconds": 0})).json()["secret"]
        await acme.post(f"{path}/test")
    accepted = [[verifies(one, got.headers, got.raw) for one in (SECRET, new, newest)] for got in receiver.got]
    assert accepted == [[True, False, False], [True, True, False], [True, False, True]]


# --- sent again ---------------------------------------------------------------------------------------------------


async def test_a_request_under_a_key_is_done_once_and_answered_alike(acme: httpx.AsyncClient) -> None:
    asked = {"url": URL, "description": "once"}
    answers = [await acme.post(ENDPOINTS, json=asked, headers={"Idempotency-Key": "once-1"}) for _ in range(2)]
    assert [one.status_code for one in answers] == [201, 201]
    assert answers[0].json() == answers[1].json()
    assert answers[1].json()["secret"].startswith("whsec_")
    items = (await acme.get(ENDPOINTS)).json()["items"]
    assert [one["description"] for one in items].count("once") == 1


async def test_requests_under_one_key_side_by_side_are_one(acme: httpx.AsyncClient) -> None:
    asked = {"url": URL, "description": "beside"}
    answers = await asyncio.gather(
        *(acme.post(ENDPOINTS, json=asked, headers={"Idempotency-Key": "beside-1"}) for _ in range(5))
    )
    assert len({one.json()["id"] for one in answers}) == 1


async def test_another_request_under_a_key_is_refused_and_a_refusal_stands(acme: httpx.AsyncClient) -> None:
    key = {"Idempotency-Key": "other-1"}
    first = await acme.post(ENDPOINTS, json={"url": "https://10.0.0.1/"}, headers=key)
    assert refused(first) == (422, "invalid_command", "url")
    assert (await acme.post(ENDPOINTS, json={"url": "https://10.0.0.1/"}, headers=key)).json() == first.json()
    other = await acme.post(ENDPOINTS, json={"url": URL}, headers=key)
    assert refused(other) == (422, "idempotency_key_reused", "Idempotency-Key")


async def test_a_key_is_unique_within_a_tenant(acme: httpx.AsyncClient, rival: httpx.AsyncClient) -> None:
    key = {"Idempotency-Key": "both-1"}
    made_here = await acme.post(ENDPOINTS, json={"url": URL}, headers=key)
    made_there = await rival.post(ENDPOINTS, json={"url": URL}, headers=key)
    assert made_here.json()["id"] != made_there.json()["id"]

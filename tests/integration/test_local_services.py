"""Services as processes of a stack: told where everything is, awaited, killed, started again, each on its own."""

import asyncio
import os
import signal
import urllib.request
from pathlib import Path

import asyncpg
import msgspec
import pytest

from homes import plant
from kit.settings import Settings
from local.errors import StackError
from local.services import SERVICES
from local.stack import Stack
from streams.topics import declared

STAND_IN = '''
"""Answers like a service: not ready at first, then ready; shows what it was told."""
import http.server, json, os, sys
print("told to start", flush=True)
if os.environ.get("BREAK"):
    sys.exit("no luck today")
class Answer(http.server.BaseHTTPRequestHandler):
    asked = 0
    def do_GET(self):
        Answer.asked += 1
        self.send_response(503 if Answer.asked < 3 else 200)
        self.end_headers()
        self.wfile.write(json.dumps(dict(os.environ)).encode())
http.server.HTTPServer(("127.0.0.1", int(os.environ["SLOTKEEPER_PORT"])), Answer).serve_forever()
'''


@pytest.fixture
def stand_in(tmp_path: Path) -> dict[str, str]:
    """Makes `python -m booking` that stand-in: here the stack is looked at, not the service."""
    plant(tmp_path / "booking" / "__main__.py", STAND_IN)
    plant(tmp_path / "booking" / "__init__.py", "")
    return {"PYTHONPATH": str(tmp_path)}


async def test_a_killed_service_is_started_again_where_it_was(site: Stack, stand_in: dict[str, str]) -> None:
    where = await asyncio.to_thread(site.start_service, "booking", "1", stand_in)
    first = site.pid("booking")
    assert await asyncio.to_thread(site.start_service, "booking", "1", stand_in) == where
    assert site.pid("booking") == first, "starting it twice is harmless"
    assert site.stop_service("booking", signal.SIGKILL)
    assert not site.stop_service("booking", signal.SIGKILL)
    assert await asyncio.to_thread(site.start_service, "booking", "1", stand_in) == where
    assert site.pid("booking") != first


async def test_a_second_instance_runs_beside_the_first(site: Stack, stand_in: dict[str, str]) -> None:
    first = await asyncio.to_thread(site.start_service, "booking", "1", stand_in)
    second = await asyncio.to_thread(site.start_service, "booking", "2", stand_in)
    assert first != second
    assert told(second)["SLOTKEEPER_INSTANCE"] == "2"
    assert {part.name for part in site.status() if part.ready} >= {"booking", "booking-2"}
    assert sorted(site.stop()) == ["booking", "booking-2"]


async def test_a_service_that_ends_while_starting_is_an_error_with_its_last_words(
    site: Stack, stand_in: dict[str, str]
) -> None:
    with pytest.raises(StackError, match="no luck today"):
        await asyncio.to_thread(site.start_service, "booking", "1", {**stand_in, "BREAK": "1"})


async def test_what_a_service_is_told_are_settings_that_exist(site: Stack, monkeypatch: pytest.MonkeyPatch) -> None:
    for name in [name for name in os.environ if name.startswith("SLOTKEEPER_")]:
        monkeypatch.delenv(name)
    for service in SERVICES:
        told_it = site.environment(service)
        names = {name.removeprefix("SLOTKEEPER_").lower() for name in told_it if name.startswith("SLOTKEEPER_")}
        assert names <= set(Settings.model_fields)
        for name, value in told_it.items():
            monkeypatch.setenv(name, value)
        settings = Settings()
        assert (settings.kafka, settings.topic_prefix) == (site.kafka, site.topic_prefix)
        assert f"http://127.0.0.1:{settings.port}" == site.url(service)


async def test_each_service_has_a_role_that_sees_its_own_tables_and_not_the_others(site: Stack) -> None:
    seen = {service: await schemas(site.environment(service)["SLOTKEEPER_DATABASE"]) for service in SERVICES}
    assert seen == {service: {service} for service in SERVICES}
    log = msgspec.json.decode(site.environment("gateway")["SLOTKEEPER_DATABASES"], type=dict[str, str])["main"]
    connection = await asyncpg.connect(log, timeout=10)
    try:
        assert await connection.fetchval("select count(*) from booking.heads") == site.partitions
        with pytest.raises(asyncpg.InsufficientPrivilegeError):
            await connection.execute("delete from booking.heads")
    finally:
        await connection.close()


async def test_preparing_again_changes_nothing(site: Stack) -> None:
    await asyncio.to_thread(site.prepare)
    dsn = site.site.database
    connection = await asyncpg.connect(dsn, timeout=10)
    try:
        assert await connection.fetchval("select count(*) from booking.heads where moved_to is null") == 12
    finally:
        await connection.close()
    assert declared().partitions == site.partitions


def told(where: str) -> dict[str, str]:
    with urllib.request.urlopen(where, timeout=5) as answer:
        return msgspec.json.decode(answer.read(), type=dict[str, str])


async def schemas(dsn: str) -> set[str]:
    """Which of the services' schemas the role may read a table of."""
    connection = await asyncpg.connect(dsn, timeout=10)
    try:
        rows = await connection.fetch(
            "select distinct schemaname from pg_tables where schemaname = any($1)"
            " and has_schema_privilege(schemaname, 'usage')"
            " and has_table_privilege(format('%I.%I', schemaname, tablename), 'select')",
            list(SERVICES),
        )
    finally:
        await connection.close()
    return {row["schemaname"] for row in rows}

"""The gateway as a process: told to end, it answers what is under way, and complains of nothing."""

import asyncio
import json
import os
import signal
import sys
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

import httpx

from gateway.api.examples import BODIES
from kit.settings import Settings
from served_gateway import OPERATOR_KEY, SECONDS, free_port, gateway_settings, scripted_booking, until
from stack import Postgres


@asynccontextmanager
async def process(settings: Settings, port: int) -> AsyncIterator[asyncio.subprocess.Process]:
    environment = {
        "SLOTKEEPER_KAFKA": settings.kafka,
        "SLOTKEEPER_TOPIC_PREFIX": settings.topic_prefix,
        "SLOTKEEPER_PARTITIONS": str(settings.partitions),
        "SLOTKEEPER_DATABASES": json.dumps(settings.databases),
        "SLOTKEEPER_DATABASE": settings.database,
        "SLOTKEEPER_MASTER_KEY": settings.master_key.get_secret_value(),
        "SLOTKEEPER_INTERNAL_KEY": settings.internal_key.get_secret_value(),
        "SLOTKEEPER_OPERATOR_KEY": OPERATOR_KEY,
        "SLOTKEEPER_BOOKING_URL": settings.booking_url,
        "SLOTKEEPER_PORT": str(port),
        "PYTHONASYNCIODEBUG": "1",
    }
    child = await asyncio.create_subprocess_exec(
        sys.executable, "-m", "gateway", env=os.environ | environment, stderr=asyncio.subprocess.PIPE
    )
    try:
        yield child
    finally:
        if child.returncode is None:
            child.kill()
            await child.wait()


async def ready(client: httpx.AsyncClient) -> None:
    async with asyncio.timeout(SECONDS):
        while True:
            try:
                if (await client.get("/readyz")).status_code == 200:
                    return
            except httpx.TransportError:
                await asyncio.sleep(0.05)


async def test_told_to_end_it_answers_what_is_under_way_and_ends_clean(
    kafka: str, postgres: Postgres, topic_prefix: str
) -> None:
    settings, port = await gateway_settings(kafka, postgres, topic_prefix), free_port()
    decided = asyncio.Event()
    headers = {"Authorization": f"Bearer {OPERATOR_KEY}", "Slotkeeper-Tenant": "acme"}
    async with (
        scripted_booking(settings, lambda command: {} if decided.is_set() else None) as booking,
        process(settings, port) as child,
        httpx.AsyncClient(base_url=f"http://127.0.0.1:{port}", headers=headers, timeout=SECONDS) as client,
    ):
        await ready(client)
        named = {"Idempotency-Key": "under-way"}
        under_way = asyncio.create_task(client.post("/v1/appointments", json=BODIES["BookAppointment"], headers=named))
        await until(lambda: bool(booking.seen))
        child.send_signal(signal.SIGTERM)
        decided.set()
        booking.again()
        assert (await under_way).status_code == 200
        async with asyncio.timeout(SECONDS):
            _, complaints = await child.communicate()
    assert child.returncode in (0, -signal.SIGTERM)
    lines = [json.loads(line) for line in complaints.splitlines() if line.startswith(b"{")]
    assert [line for line in lines if line["level"] in ("error", "critical")] == []
    for word in (b"never retrieved", b"never awaited", b"was destroyed", b"Unclosed", b"Traceback"):
        assert word not in complaints, complaints.decode()[-3000:]

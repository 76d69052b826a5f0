"""Looks for words everywhere a stack keeps something: every table, topic, caught mail and log file.

Tables and topics are found, not named: what a service adds tomorrow is searched too. Inbound commands and dead letters
are left out; they hold what was sent, as it was sent, for 7 days (P8).
"""

import asyncio
from collections.abc import AsyncIterator, Iterable, Iterator
from email import message_from_bytes
from email.policy import default
from pathlib import Path

import asyncpg
from aiokafka import AIOKafkaConsumer, TopicPartition
from aiokafka.admin import AIOKafkaAdminClient

from local import mail
from local.stack import Stack

SECONDS = 60
LEFT_OUT = ("commands", "dead")

TABLES = """
select format('%I.%I', n.nspname, c.relname)
from pg_class c join pg_namespace n on n.oid = c.relnamespace
where c.relkind in ('r', 'm') and n.nspname not in ('pg_catalog', 'information_schema') and n.nspname !~ '^pg_toast'
order by 1
"""


async def places(stack: Stack, *words: str) -> set[str]:
    """Where any of the words stands, in whatever letters."""
    looked = [_tables(stack, words), _topics(stack, words)]
    found = {place for told in await asyncio.gather(*map(_all, looked)) for place in told}
    return found | set(_mails(stack, words)) | set(_logs(stack, words))


async def _all(told: AsyncIterator[str]) -> list[str]:
    return [place async for place in told]


def _spelled(words: Iterable[str]) -> list[bytes]:
    return [word.casefold().encode() for word in words]


def _holds(content: bytes, words: Iterable[str]) -> bool:
    folded = content.lower()
    return any(word in folded for word in _spelled(words))


# --- tables -----------------------------------------------------------------------------------------------------------


async def _tables(stack: Stack, words: Iterable[str]) -> AsyncIterator[str]:
    """Each column as its bytes: `bytea` as they are, of any other type the text."""
    connection = await asyncpg.connect(stack.site.database, timeout=10)
    try:
        for [table] in await connection.fetch(TABLES):
            rows = [row async for row in _rows(connection, table)]
            if any(_holds(content, words) for row in rows for content in row):
                yield f"table {table}"
    finally:
        await connection.close()


async def _rows(connection: asyncpg.Connection, table: str) -> AsyncIterator[list[bytes]]:
    columns = await connection.fetch(
        "select attname, atttypid = 'bytea'::regtype as raw, atttypid = 'bytea[]'::regtype as raws from pg_attribute"
        " where attrelid = $1::text::regclass and attnum > 0 and not attisdropped",
        table,
    )
    whole = ", ".join(f'"{name}"' if raw or raws else f'convert_to("{name}"::text, \'utf8\')'
                      for name, raw, raws in columns)  # fmt: skip
    for row in await connection.fetch(f"select {whole} from {table}"):
        yield [content for value in row for content in (value if isinstance(value, list) else [value]) if content]


# --- topics -----------------------------------------------------------------------------------------------------------


async def _topics(stack: Stack, words: Iterable[str]) -> AsyncIterator[str]:
    consumer = AIOKafkaConsumer(bootstrap_servers=stack.kafka, enable_auto_commit=False, auto_offset_reset="earliest")
    await consumer.start()
    try:
        async with asyncio.timeout(SECONDS):
            for topic, partitions in await _named(stack):
                if any([_holds(content, words) async for content in _records(consumer, topic, partitions)]):
                    yield f"topic {topic}"
    finally:
        await consumer.stop()


async def _named(stack: Stack) -> list[tuple[str, int]]:
    """Topics, each with how many partitions it has."""
    left_out = {f"{stack.topic_prefix}.{name}" for name in LEFT_OUT}
    admin = AIOKafkaAdminClient(bootstrap_servers=stack.kafka)
    await admin.start()
    try:
        every = {topic["topic"]: len(topic["partitions"]) for topic in await admin.describe_topics()}
    finally:
        await admin.close()
    return sorted((name, count) for name, count in every.items() if name not in left_out and not name.startswith("_"))


async def _records(consumer: AIOKafkaConsumer, topic: str, partitions: int) -> AsyncIterator[bytes]:
    places = [TopicPartition(topic, part) for part in range(partitions)]
    consumer.assign(places)
    ends = await consumer.end_offsets(places)
    await consumer.seek_to_beginning(*places)
    while [place for place in places if await consumer.position(place) < ends[place]]:
        for records in (await consumer.getmany(timeout_ms=300)).values():
            for record in records:
                headers = [part for name, value in record.headers for part in (name.encode(), value)]
                yield b"\0".join(part for part in (record.key, record.value, *headers) if part)


# --- mails and logs ---------------------------------------------------------------------------------------------------


def _mails(stack: Stack, words: Iterable[str]) -> Iterator[str]:
    for path in sorted(mail.folder(stack.home).glob("*.eml")):
        if any(_holds(content, words) for content in _read(path)):
            yield f"mail {path.name}"


def _read(path: Path) -> Iterator[bytes]:
    """A mail as it came, its headers decoded, and each of its parts decoded."""
    raw = path.read_bytes()
    whole = message_from_bytes(raw, policy=default)
    yield raw
    yield from (f"{name}: {value}".encode() for name, value in whole.items())
    for part in whole.walk():
        content = part.get_payload(decode=True)
        if isinstance(content, bytes):
            yield content


def _logs(stack: Stack, words: Iterable[str]) -> Iterator[str]:
    for path in sorted(stack.home.logs.iterdir()):
        if path.is_file() and _holds(path.read_bytes(), words):
            yield f"log {path.name}"

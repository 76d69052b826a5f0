"""The ground the other tests stand on."""

import asyncpg
from aiokafka import AIOKafkaConsumer, AIOKafkaProducer
from aiokafka.admin import AIOKafkaAdminClient, NewTopic

from stack import Postgres


async def test_every_database_made_for_a_test_is_fresh_and_empty(postgres: Postgres) -> None:
    first, second = await postgres.create_database(), await postgres.create_database()
    assert first != second
    connection = await asyncpg.connect(first, timeout=10)
    try:
        assert await connection.fetchval("select count(*) from pg_tables where schemaname = 'public'") == 0
        settings = [await connection.fetchval(f"show {name}") for name in ("fsync", "synchronous_commit")]
        assert settings == ["on", "on"], "crash tests need a durable server"
    finally:
        await connection.close()


async def test_what_is_sent_to_the_kafka_of_the_tests_comes_back(kafka: str, topic_prefix: str) -> None:
    topic = f"{topic_prefix}.echo"
    admin = AIOKafkaAdminClient(bootstrap_servers=kafka)
    await admin.start()
    await admin.create_topics([NewTopic(topic, 1, 1)])
    await admin.close()
    async with AIOKafkaProducer(bootstrap_servers=kafka, enable_idempotence=True) as producer:
        await producer.send_and_wait(topic, b"hello")
    async with AIOKafkaConsumer(topic, bootstrap_servers=kafka, auto_offset_reset="earliest") as consumer:
        assert (await consumer.getone()).value == b"hello"

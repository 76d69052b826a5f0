"""Topics are made as declared, and a wrong number of partitions stops everything, by name."""

import pytest
from aiokafka.admin import AIOKafkaAdminClient, NewTopic
from aiokafka.admin.config_resource import ConfigResource, ConfigResourceType

from contracts.routing import PARTITIONS, Topics
from streams.topics import WrongPartitions, declared, ensure_topics

DAY = 24 * 60 * 60 * 1000


def test_every_topic_that_the_code_names_is_declared() -> None:
    names = {name for name, value in vars(Topics).items() if isinstance(value, property)}
    assert set(declared().topics) == names
    assert declared().partitions == PARTITIONS


def test_what_may_be_personal_and_clear_is_kept_seven_days() -> None:
    topics = declared().topics
    assert {topics[name]["retention.ms"] for name in ("commands", "dead")} == {str(7 * DAY)}
    assert topics["erasures"]["cleanup.policy"] == "compact", "a restore must find every erasure"


async def test_missing_topics_are_made_as_declared_and_only_once(kafka: str, topic_prefix: str) -> None:
    made = await ensure_topics(kafka, topic_prefix)
    assert sorted(made) == sorted(f"{topic_prefix}.{name}" for name in declared().topics)
    for name, config in declared().topics.items():
        found = await configuration(kafka, f"{topic_prefix}.{name}")
        assert {key: found[key] for key in config} == config
    assert await ensure_topics(kafka, topic_prefix) == []


async def test_a_wrong_partition_count_names_topic_expected_and_found(kafka: str, topic_prefix: str) -> None:
    admin = AIOKafkaAdminClient(bootstrap_servers=kafka)
    await admin.start()
    await admin.create_topics([NewTopic(f"{topic_prefix}.commands", 5, 1)])
    await admin.close()
    with pytest.raises(WrongPartitions) as error:
        await ensure_topics(kafka, topic_prefix, 7)
    assert (error.value.topic, error.value.expected, error.value.found) == (f"{topic_prefix}.commands", 7, 5)
    assert all(text in str(error.value) for text in (f"{topic_prefix}.commands", "7 expected", "5 partitions"))


async def configuration(bootstrap: str, topic: str) -> dict[str, str]:
    admin = AIOKafkaAdminClient(bootstrap_servers=bootstrap)
    await admin.start()
    try:
        [answer] = await admin.describe_configs([ConfigResource(ConfigResourceType.TOPIC, topic)])
    finally:
        await admin.close()
    [(_, _, _, _, entries)] = answer.resources
    return {entry[0]: entry[1] for entry in entries}

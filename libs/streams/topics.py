"""Makes the topics that `deploy/kafka/topics.yaml` declares, and refuses ones of another shape.

Another number of partitions would send a tenant's commands to one place and look for its log in another (D4). Kafka can
add partitions but not take them away, so nothing is repaired here: it is said, and nothing starts.
"""

import asyncio
import itertools
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import yaml
from aiokafka.admin import AIOKafkaAdminClient, NewTopic

TOPIC_EXISTS = 36
COPIES = 3
"""Of each partition; fewer where there are fewer brokers."""
DECLARED = Path("deploy/kafka/topics.yaml")


class TopicError(Exception):
    """A topic is not, and cannot be made, what it must be."""


class WrongPartitions(TopicError):
    """A topic exists with another number of partitions."""

    def __init__(self, topic: str, expected: int, found: int) -> None:
        super().__init__(
            f"topic {topic} has {found} partitions, {expected} expected; the number is fixed at birth: "
            f"set SLOTKEEPER_PARTITIONS={found} if the logs were made with it, or use another SLOTKEEPER_TOPIC_PREFIX"
        )
        self.topic, self.expected, self.found = topic, expected, found


@dataclass(frozen=True, slots=True)
class Declared:
    """What topics.yaml says."""

    partitions: int
    topics: dict[str, dict[str, str]]
    """By short name: the topic's configuration."""


def declared(path: Path | None = None) -> Declared:
    content = yaml.safe_load((path or _find()).read_text())
    topics = {name: {key: str(value) for key, value in config.items()} for name, config in content["topics"].items()}
    return Declared(int(content["partitions"]), topics)


async def ensure_topics(bootstrap: str, prefix: str, partitions: int | None = None) -> list[str]:
    """Every declared topic under that prefix, with that many partitions; the names of those it made."""
    wanted = declared()
    count = partitions or wanted.partitions
    names = [f"{prefix}.{short}" for short in wanted.topics]
    admin = AIOKafkaAdminClient(bootstrap_servers=bootstrap, request_timeout_ms=20_000)
    await admin.start()
    try:
        found = await _counts(admin, names)
        missing = {f"{prefix}.{short}": config for short, config in wanted.topics.items()}
        missing = {name: config for name, config in missing.items() if name not in found}
        if missing:
            await _create(admin, missing, count)
            found = await _until_there(admin, names)
    finally:
        await admin.close()
    for name in names:
        if found[name] != count:
            raise WrongPartitions(name, count, found[name])
    return list(missing)


async def make_topic(bootstrap: str, name: str, partitions: int) -> None:
    """One further topic, such as a replay's; an existing one must have that many partitions."""
    admin = AIOKafkaAdminClient(bootstrap_servers=bootstrap, request_timeout_ms=20_000)
    await admin.start()
    try:
        found = await _counts(admin, [name])
        if name not in found:
            await _create(admin, {name: {}}, partitions)
            found = await _until_there(admin, [name])
    finally:
        await admin.close()
    if found[name] != partitions:
        raise WrongPartitions(name, partitions, found[name])


async def _create(admin: AIOKafkaAdminClient, missing: dict[str, dict[str, str]], count: int) -> None:
    copies = min(COPIES, len((await admin.describe_cluster())["brokers"]))
    new = [NewTopic(name, count, copies, topic_configs=config) for name, config in missing.items()]
    answer = await admin.create_topics(new)
    for name, code, *text in answer.topic_errors:
        if code not in (0, TOPIC_EXISTS):
            raise TopicError(f"topic {name} could not be made: {text[0] if text else ''} (Kafka error {code})")


async def _until_there(admin: AIOKafkaAdminClient, names: list[str], seconds: float = 15) -> dict[str, int]:
    """A broker learns of new topics a moment after the controller made them."""
    async with asyncio.timeout(seconds):
        found = await _counts(admin, names)
        for pause in itertools.repeat(0.05):
            if len(found) == len(names):
                break
            await asyncio.sleep(pause)
            found = await _counts(admin, names)
    return found


async def _counts(admin: AIOKafkaAdminClient, names: list[str]) -> dict[str, int]:
    """How many partitions each existing one of the topics has. Asked for all: naming an absent one is an error."""
    every: list[dict[str, Any]] = await admin.describe_topics()
    return {topic["topic"]: len(topic["partitions"]) for topic in every if topic["topic"] in names}


def _find() -> Path:
    """In the checkout, or in a container that has the same folders."""
    around = [*Path(__file__).resolve().parents, Path.cwd()]
    for folder in around:
        if (folder / DECLARED).is_file():
            return folder / DECLARED
    raise TopicError(f"{DECLARED} is in no folder above {Path(__file__).parent}, nor in {Path.cwd()}")

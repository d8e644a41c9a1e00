"""How many records a consumer group has not acknowledged yet."""

from __future__ import annotations

from aiokafka import AIOKafkaConsumer, TopicPartition
from aiokafka.errors import GroupCoordinatorNotAvailableError
from tenacity import retry, retry_if_exception_type, stop_after_delay, wait_fixed

from transport.access import KafkaAccess

COORDINATOR_SECONDS = 20
"""How long a new cluster may take until it has a coordinator of groups: it makes it at the first question."""


@retry(
    retry=retry_if_exception_type(GroupCoordinatorNotAvailableError),
    wait=wait_fixed(0.5),
    stop=stop_after_delay(COORDINATOR_SECONDS),
    reraise=True,
)
async def lag_of(kafka: KafkaAccess, group: str) -> int:
    """The records between the group's acknowledged offsets and the ends of their partitions; 0 for a new group.

    A service acknowledges once a second, so that a busy one is always some records behind. Raises aiokafka's errors.
    """
    from transport.topics import administration

    async with administration(kafka) as admin:
        acknowledged = await admin.list_consumer_group_offsets(group)
    places: dict[TopicPartition, int] = {place: held.offset for place, held in acknowledged.items() if held.offset >= 0}
    if not places:
        return 0
    consumer = AIOKafkaConsumer(bootstrap_servers=kafka.bootstrap, client_id="headcount-status", **kafka.options)
    await consumer.start()
    try:
        ends = await consumer.end_offsets(list(places))
    finally:
        await consumer.stop()
    return sum(max(0, ends[place] - offset) for place, offset in places.items())

"""`kafka-topics.sh --delete` for a machine without Kafka's tools: deletes the topics whose names fit an expression."""

import argparse
import asyncio
import re

from transport.access import KafkaAccess
from transport.topics import administration


async def delete(bootstrap: str, expression: str) -> None:
    """Delete the topics, and wait until none is left."""
    fits = re.compile(expression).fullmatch
    async with administration(KafkaAccess(bootstrap)) as admin:
        await admin.delete_topics([name for name in await admin.list_topics() if fits(name)])
        while any(fits(name) for name in await admin.list_topics()):
            await asyncio.sleep(0.1)


if __name__ == "__main__":
    parser = argparse.ArgumentParser()
    parser.add_argument("--bootstrap-server", required=True)
    parser.add_argument("--delete", action="store_true", required=True)
    parser.add_argument("--topic", required=True)
    given = parser.parse_args()
    asyncio.run(delete(given.bootstrap_server, given.topic))

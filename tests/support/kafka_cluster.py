"""Three real brokers that hold each record three times: one of them may be lost."""

from __future__ import annotations

import asyncio
from pathlib import Path

from deploy.local.kafka import KafkaServer, Secured
from deploy.local.ports import LOOPBACK, free_port
from deploy.local.server import Server

BROKERS = 3
_SETTINGS = """
node.id={node}
controller.quorum.voters={voters}
listeners=PLAINTEXT://{host}:{port},CONTROLLER://{host}:{controller}
offsets.topic.replication.factor=3
transaction.state.log.replication.factor=3
transaction.state.log.min.isr=2
"""


class KafkaCluster(Server):
    """A cluster on this machine; each broker is a controller too."""

    name = "Kafka's three brokers"

    def __init__(self, folder: Path) -> None:
        """`folder` holds the data of all brokers."""
        super().__init__()
        ports, controllers = [free_port() for _ in range(BROKERS)], [free_port() for _ in range(BROKERS)]
        voters = ",".join(f"{node}@{LOOPBACK}:{port}" for node, port in enumerate(controllers, 1))
        self.brokers = [
            KafkaServer(
                folder / str(node),
                port=port,
                secured=Secured(
                    settings=_SETTINGS.format(node=node, voters=voters, host=LOOPBACK, port=port, controller=controller)
                ),
            )
            for node, (port, controller) in enumerate(zip(ports, controllers, strict=True), 1)
        ]

    @property
    def bootstrap(self) -> str:
        """The addresses for clients."""
        return ",".join(broker.bootstrap for broker in self.brokers)

    async def start(self) -> None:
        """Start all brokers at once: none is ready before two of them are there."""
        await asyncio.gather(*(broker.start() for broker in self.brokers))
        self._program = self.brokers[0].program

    async def stop(self) -> None:
        """Stop all brokers. The last ones have no majority, and are killed after their grace."""
        await asyncio.gather(*(broker.stop() for broker in self.brokers))

    async def kill(self) -> None:
        """Kill all brokers."""
        await asyncio.gather(*(broker.kill() for broker in self.brokers))

"""A server at an address from the environment: the local world uses it, but never starts or stops it."""

import os
from typing import Self

from deploy.local.server import Server


class ExternalServer(Server):
    """An external server; Kafka's address is `bootstrap`, Postgres's is `url`."""

    name = "an external server"

    def __init__(self, address: str) -> None:
        """`address` is the address for clients."""
        super().__init__()
        self.bootstrap = address
        self.url = address

    @classmethod
    def from_environment(cls, setting: str) -> Self | None:
        """The server at the address in this environment variable; None if the variable is not set."""
        address = os.environ.get(setting)
        return cls(address) if address else None

    async def start(self) -> None:
        """Do nothing: the server runs already."""

    async def stop(self) -> None:
        """Do nothing: the server runs on."""

    async def kill(self) -> None:
        """Raise RuntimeError."""
        raise RuntimeError("An external server cannot be killed from here")

    async def restart(self) -> None:
        """Raise RuntimeError."""
        raise RuntimeError("An external server cannot be restarted from here")

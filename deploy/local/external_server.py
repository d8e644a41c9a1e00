"""A server that runs already, at an address given in the environment: ours to use, not to start or stop."""

import os
from typing import Self

from deploy.local.server import Server


class ExternalServer(Server):
    """`bootstrap` or `url`, whichever its kind is asked for."""

    name = "a given server"

    def __init__(self, address: str) -> None:
        """`address` is what clients use."""
        super().__init__()
        self.bootstrap = address
        self.url = address

    @classmethod
    def by(cls, setting: str) -> Self | None:
        """The one that the environment names, if it does."""
        address = os.environ.get(setting)
        return cls(address) if address else None

    async def start(self) -> None:
        """It runs."""

    async def stop(self) -> None:
        """It goes on."""

    async def kill(self) -> None:
        """Never: RuntimeError."""
        raise RuntimeError("A server given by its address is not ours to kill")

    async def restart(self) -> None:
        """Never: RuntimeError."""
        raise RuntimeError("A server given by its address is not ours to restart")

"""Runs the stand-in for Stripe as a process of the local world."""

import sys
from pathlib import Path

from deploy.local.ports import LOOPBACK, answers, free_port, until
from deploy.local.programs import Program
from deploy.local.server import Server

_START_SECONDS = 30


class StripeStandIn(Server):
    """The stand-in's process; `url` is the base of its API, its dashboard and its controls."""

    name = "Stripe's stand-in"

    def __init__(self, folder: Path, *, port: int | None = None, webhook_url: str, webhook_secret: str) -> None:
        """`folder` keeps its state; webhooks go to `webhook_url`, signed with `webhook_secret`."""
        super().__init__()
        self._folder = folder
        self.port = port or free_port()
        self._webhook_url = webhook_url
        self._webhook_secret = webhook_secret

    @property
    def url(self) -> str:
        """The base address."""
        return f"http://{LOOPBACK}:{self.port}"

    async def start(self) -> None:
        """Start the stand-in and wait until it answers. ProgramEndedError if it fails."""
        self._folder.mkdir(parents=True, exist_ok=True)
        command: list[str | Path] = [sys.executable, "-m", "deploy.local.stripe_standin", "--port", str(self.port)]
        command += ["--webhook-url", self._webhook_url, "--webhook-secret", self._webhook_secret]
        command += ["--state-file", self._folder / "state.json"]
        self._program = Program(self.name, command, log=self._folder / "stripe.log", grace_seconds=5)
        self._program.start()
        await until(self._answers, still_alive=self._program.check, seconds=_START_SECONDS)

    async def _answers(self) -> bool:
        return await answers(self.port)

"""The mailbox as a process: maildev, installed from its lock file; the mails are kept in a folder."""

import os
import signal
from pathlib import Path

from deploy.local.node import find_node
from deploy.local.npm import installed
from deploy.local.ports import LOOPBACK, answers, free_port, until
from deploy.local.programs import Program
from deploy.local.server import Server

_PACKAGE = Path(__file__).parent
_START_SECONDS = 60


class MailboxServer(Server):
    """A mailbox: `async with MailboxServer(folder) as mailbox`, then `mailbox.smtp_port`, `mailbox.url`."""

    name = "the mailbox"

    def __init__(self, folder: Path, *, port: int | None = None, smtp_port: int | None = None) -> None:
        """`folder` keeps the mails, and may hold those of an earlier mailbox."""
        super().__init__()
        self._folder = folder
        self.port = port or free_port()
        self.smtp_port = smtp_port or free_port()
        self.smtp_host = LOOPBACK

    @property
    def url(self) -> str:
        """The address of the page, and the base of `GET /email`."""
        return f"http://{LOOPBACK}:{self.port}"

    @staticmethod
    async def prepare() -> Path:
        """Install maildev from its lock file, unless it is installed; returns its folder."""
        return await installed(_PACKAGE, "mailbox")

    async def start(self) -> None:
        """Start the mailbox and wait until it takes mail. ProgramEndedError if it fails."""
        packages = await self.prepare()
        mails = self._folder / "mails"
        mails.mkdir(parents=True, exist_ok=True)
        maildev = packages / "node_modules" / "maildev" / "bin" / "maildev"
        command: list[str | Path] = [find_node().node, maildev, "--silent"]
        command += ["--ip", LOOPBACK, "--web-ip", LOOPBACK, "--web", str(self.port), "--smtp", str(self.smtp_port)]
        command += ["--mail-directory", mails]
        self._program = Program(
            self.name,
            command,
            log=self._folder / "mailbox.log",
            environment=os.environ | {"NODE_ENV": "production"},
            # After SIGTERM it would wait for pages that hold a socket open.
            stop_signal=signal.SIGINT,
            grace_seconds=3,
        )
        self._program.start()
        await until(self._takes_mail, still_alive=self._program.check, seconds=_START_SECONDS)

    async def _takes_mail(self) -> bool:
        return await answers(self.smtp_port) and await answers(self.port)

"""`python -m deploy.local`: the whole system on this machine, until Ctrl-C.

`python -m deploy.local prepare` only fetches what that needs.
"""

import asyncio
import fcntl
import json
import signal
import sys
from collections.abc import AsyncIterator
from contextlib import AsyncExitStack, asynccontextmanager
from pathlib import Path

from rich.console import Console

from deploy.local import assets
from deploy.local.clock_offset import ClockOffset
from deploy.local.demo import Clocks, LoggedEvent, Story, since_it_began
from deploy.local.external_server import ExternalServer
from deploy.local.kafka import KafkaServer
from deploy.local.keys import Keys, keys_of, write_private
from deploy.local.mailbox import MailboxServer
from deploy.local.paths import state_folder
from deploy.local.ports import free_port
from deploy.local.programs import Program, ProgramEndedError
from deploy.local.progress import StartupProgress
from deploy.local.seed import ADMIN_EMAIL, SeedError, key_of_admin, seed
from deploy.local.settings import stripe_is_real
from deploy.local.welcome import say_welcome
from deploy.local.world import World

_WIDTH_OF_A_FILE = 120
MAILS_PORT = 8026


class Stop:
    """Whether a person has asked us to stop, and how often: the second time is impatience."""

    def __init__(self) -> None:
        """Hears Ctrl-C and SIGTERM from now on. Only inside a running loop."""
        self.asked = asyncio.Event()
        self.asked_again = asyncio.Event()
        for number in (signal.SIGINT, signal.SIGTERM, signal.SIGHUP):
            asyncio.get_running_loop().add_signal_handler(number, self._hear)

    def _hear(self) -> None:
        (self.asked_again if self.asked.is_set() else self.asked).set()


async def prepare(console: Console) -> None:
    """Fetch what the local world needs from the network."""
    progress = StartupProgress(console)
    async with progress.shown(), asyncio.TaskGroup() as fetching:
        fetching.create_task(_prepare_kafka(progress))
        fetching.create_task(_prepare_mailbox(progress))
        fetching.create_task(_prepare_assets(progress))


async def dev(console: Console) -> int:
    """Bring the world up, keep it up, take it down. The exit code: 0 when a person ended it."""
    folder = state_folder()
    with (folder / "lock").open("w") as turn:
        try:
            fcntl.flock(turn, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            console.print(f"It runs already: {folder / 'endpoints.json'} says where.")
            return 1
        endpoints = folder / "endpoints.json"
        endpoints.unlink(missing_ok=True)
        stop = Stop()
        keys = keys_of(folder)
        world = World(folder, keys, _clock_offset(folder))
        async with AsyncExitStack() as beside:
            try:
                return await _live(console, world, keys, endpoints, stop, beside)
            finally:
                endpoints.unlink(missing_ok=True)
                await _end(console, world, stop)


async def _live(console: Console, world: World, keys: Keys, endpoints: Path, stop: Stop, beside: AsyncExitStack) -> int:
    starting = asyncio.create_task(_start(console, world, keys, endpoints, beside))
    asked = asyncio.create_task(stop.asked.wait())
    await asyncio.wait((starting, asked), return_when=asyncio.FIRST_COMPLETED)
    if not starting.done():
        starting.cancel()
        await asyncio.wait((starting,))
        return 0
    if error := starting.exception():
        console.print(_sentence(error), style="red", highlight=False, markup=False)
        return 1
    quickening = asyncio.create_task(world.quicken())
    death = asyncio.create_task(world.first_death())
    await asyncio.wait((death, asked), return_when=asyncio.FIRST_COMPLETED)
    quickening.cancel()
    if asked.done():
        death.cancel()
        return 0
    _say_death(console, death.result())
    return 1


async def _start(console: Console, world: World, keys: Keys, endpoints: Path, beside: AsyncExitStack) -> None:
    progress = StartupProgress(console)
    async with progress.shown():
        await world.up(progress)
        seeded, admins = endpoints.with_name("seeded"), endpoints.with_name("api-key")
        if not seeded.exists():
            clocks = Clocks(None if stripe_is_real() else world.stripe.url, world.clock_offset, world.postgres.url)
            async with progress.step("The demo agency"):
                await clocks.begin()
                if not admins.exists():
                    await seed(world.gateway_url, world.mailbox.url, keys.operator_key)
                    write_private(admins, await key_of_admin(world.gateway_url, world.mailbox.url))
            async with progress.step("What it has been through") as step:
                story = Story(world.gateway_url, world.mailbox.url, admins.read_text())
                await story.tell(clocks, LoggedEvent(endpoints.with_name("told")), step.reached)
            seeded.touch()
        mails = await beside.enter_async_context(_mails(world, admins.read_text()))
    where = {
        "gateway": world.gateway_url,
        "mailbox": world.mailbox.url,
        "mails": mails,
        "smtp": f"{world.mailbox.smtp_host}:{world.mailbox.smtp_port}",
        "stripe": world.addresses().stripe,
        "kafka": world.kafka.bootstrap,
        "postgres": world.postgres.url,
        "operatorKey": keys.operator_key,
        "apiKey": admins.read_text(),
        "adminEmail": ADMIN_EMAIL,
    }
    write_private(endpoints, json.dumps(where, indent=2) + "\n")
    say_welcome(console, where, stripe_is_real=stripe_is_real())


def _clock_offset(folder: Path) -> ClockOffset | None:
    """The time in which the services begin; None, the wall's, once the history is told or where it is not ours to make.

    What a database holds that was there before us is not to be older than what comes.
    """
    clock_offset = ClockOffset(folder / "clock_offset")
    if (folder / "seeded").exists() or stripe_is_real() or ExternalServer.by("HEADCOUNT_POSTGRES"):
        return None
    if not clock_offset.began:
        if (folder / "postgres").exists():
            return None
        clock_offset.set(since_it_began())
    return clock_offset


@asynccontextmanager
async def _mails(world: World, api_key: str) -> AsyncIterator[str]:
    """Every mail with sample data, and shortcuts for a person, on pages in this process; their address."""
    # Imported here, when all is up: nobody waits for it.
    from deploy.local.mail_gallery import mail_gallery
    from deploy.local.shortcuts import Shortcuts
    from deploy.local.stripe_standin.serving import serving

    shortcuts = Shortcuts(world.gateway_url, world.mailbox.url, api_key)
    pages = mail_gallery(world.gateway_url, shortcuts.routes)
    async with serving(pages, free_port(MAILS_PORT)) as address:
        yield address


async def _end(console: Console, world: World, stop: Stop) -> None:
    console.print("Stopping ... (Ctrl-C again: at once)")
    down = asyncio.create_task(world.down())
    impatient = asyncio.create_task(stop.asked_again.wait())
    await asyncio.wait((down, impatient), return_when=asyncio.FIRST_COMPLETED)
    impatient.cancel()
    if not down.done():
        down.cancel()
        await world.kill()
    console.print("Everything has stopped.")


def _say_death(console: Console, program: Program) -> None:
    try:
        program.check()
    except ProgramEndedError as error:
        console.print(f"{error}\nThe rest of its log: {program.log}", style="red", highlight=False, markup=False)


def _sentence(error: BaseException) -> str:
    """The first cause, in its own words."""
    while isinstance(error, BaseExceptionGroup):
        error = error.exceptions[0]
    known = isinstance(error, ProgramEndedError | SeedError)
    return str(error) if known else f"{type(error).__name__}: {error}"


async def _prepare_kafka(progress: StartupProgress) -> None:
    async with progress.step("Kafka's jars") as step:
        await asyncio.to_thread(KafkaServer.prepare, step.reached)


async def _prepare_mailbox(progress: StartupProgress) -> None:
    async with progress.step("The mailbox's packages"):
        await MailboxServer.prepare()


async def _prepare_assets(progress: StartupProgress) -> None:
    async with progress.step("The pages' style and script"):
        await assets.prepare()


def main(arguments: list[str]) -> int:
    """Do what the command line says."""
    console = Console(soft_wrap=True)
    if not console.is_terminal:
        console.width = _WIDTH_OF_A_FILE
    match arguments:
        case []:
            return asyncio.run(dev(console))
        case ["prepare"]:
            asyncio.run(prepare(console))
            return 0
        case _:
            console.print("usage: python -m deploy.local [prepare]", markup=False)
            return 2


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))

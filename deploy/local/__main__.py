"""`python -m deploy.local` runs the whole system on this machine until Ctrl-C.

`python -m deploy.local prepare` only downloads its packages.
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
from deploy.local.demo import Story
from deploy.local.demo_chapters import PlayedChapters, seconds_since_opening
from deploy.local.demo_clocks import Clocks
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
from deploy.local.welcome import print_welcome
from deploy.local.world import World

_WIDTH_OF_A_FILE = 120
MAILS_PORT = 8026


class Stop:
    """The requests to stop: the first one stops everything in order, the second one kills it."""

    def __init__(self) -> None:
        """Handle SIGINT, SIGTERM and SIGHUP from now on. Needs a running event loop."""
        self.requested = asyncio.Event()
        self.requested_again = asyncio.Event()
        for number in (signal.SIGINT, signal.SIGTERM, signal.SIGHUP):
            asyncio.get_running_loop().add_signal_handler(number, self._on_signal)

    def _on_signal(self) -> None:
        (self.requested_again if self.requested.is_set() else self.requested).set()


async def prepare(console: Console) -> None:
    """Download everything that the local world needs."""
    progress = StartupProgress(console)
    async with progress.display(), asyncio.TaskGroup() as fetching:
        fetching.create_task(_prepare_kafka(progress))
        fetching.create_task(_prepare_mailbox(progress))
        fetching.create_task(_prepare_assets(progress))


async def dev(console: Console) -> int:
    """Start the local world, run it, and stop it. Returns the exit code: 0 if a person stopped it."""
    folder = state_folder()
    with (folder / "lock").open("w") as lock:
        try:
            fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            console.print(f"It is running already; its addresses are in {folder / 'endpoints.json'}.")
            return 1
        endpoints = folder / "endpoints.json"
        endpoints.unlink(missing_ok=True)
        stop = Stop()
        keys = keys_of(folder)
        world = World(folder, keys, _clock_offset(folder))
        async with AsyncExitStack() as resources:
            try:
                return await _run_until_stopped(console, world, keys, endpoints, stop, resources)
            finally:
                endpoints.unlink(missing_ok=True)
                await _end(console, world, stop)


async def _run_until_stopped(
    console: Console, world: World, keys: Keys, endpoints: Path, stop: Stop, resources: AsyncExitStack
) -> int:
    starting = asyncio.create_task(_start(console, world, keys, endpoints, resources))
    requested = asyncio.create_task(stop.requested.wait())
    await asyncio.wait((starting, requested), return_when=asyncio.FIRST_COMPLETED)
    if not starting.done():
        starting.cancel()
        await asyncio.wait((starting,))
        return 0
    if error := starting.exception():
        console.print(_sentence(error), style="red", highlight=False, markup=False)
        return 1
    archiving = asyncio.create_task(world.build_class_archive())
    ended = asyncio.create_task(world.first_ended())
    await asyncio.wait((ended, requested), return_when=asyncio.FIRST_COMPLETED)
    archiving.cancel()
    if requested.done():
        ended.cancel()
        return 0
    _print_death(console, ended.result())
    return 1


async def _start(console: Console, world: World, keys: Keys, endpoints: Path, resources: AsyncExitStack) -> None:
    progress = StartupProgress(console)
    async with progress.display():
        await world.up(progress)
        seeded, api_key_file = endpoints.with_name("seeded"), endpoints.with_name("api-key")
        if not seeded.exists():
            clocks = Clocks(None if stripe_is_real() else world.stripe.url, world.clock_offset, world.postgres.url)
            async with progress.step("The demo agency"):
                await clocks.begin()
                if not api_key_file.exists():
                    await seed(world.gateway_url, world.mailbox.url, keys.operator_key)
                    write_private(api_key_file, await key_of_admin(world.gateway_url, world.mailbox.url))
            async with progress.step("Its history") as step:
                story = Story(world.gateway_url, world.mailbox.url, api_key_file.read_text())
                await story.play(clocks, PlayedChapters(endpoints.with_name("chapters")), step.reached)
            seeded.touch()
        mails = await resources.enter_async_context(_mails(world, api_key_file.read_text()))
    addresses = {
        "gateway": world.gateway_url,
        "gatewayProbes": world.gateway_probes_url,
        "mailbox": world.mailbox.url,
        "mails": mails,
        "smtp": f"{world.mailbox.smtp_host}:{world.mailbox.smtp_port}",
        "stripe": world.addresses().stripe,
        "kafka": world.kafka.bootstrap,
        "postgres": world.postgres.url,
        "operatorKey": keys.operator_key,
        "apiKey": api_key_file.read_text(),
        "adminEmail": ADMIN_EMAIL,
    }
    write_private(endpoints, json.dumps(addresses, indent=2) + "\n")
    print_welcome(console, addresses, stripe_is_real=stripe_is_real())


def _clock_offset(folder: Path) -> ClockOffset | None:
    """The clock offset that the services start with; None for real time.

    Real time applies after the demo history has been created, with the real Stripe, and with a database that existed
    before: its rows must not be newer than the rows that follow.
    """
    clock_offset = ClockOffset(folder / "clock_offset")
    if (folder / "seeded").exists() or stripe_is_real() or ExternalServer.from_environment("HEADCOUNT_POSTGRES"):
        return None
    if not clock_offset.is_set:
        if (folder / "postgres").exists():
            return None
        clock_offset.set(seconds_since_opening())
    return clock_offset


@asynccontextmanager
async def _mails(world: World, api_key: str) -> AsyncIterator[str]:
    """Serve the page of sample mails and the shortcuts from this process; yields their address."""
    # Imported only here, after the start, so that the start does not wait for it.
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
    impatient = asyncio.create_task(stop.requested_again.wait())
    await asyncio.wait((down, impatient), return_when=asyncio.FIRST_COMPLETED)
    impatient.cancel()
    if not down.done():
        down.cancel()
        await world.kill()
    console.print("Everything has stopped.")


def _print_death(console: Console, program: Program) -> None:
    try:
        program.check()
    except ProgramEndedError as error:
        console.print(f"{error}\nThe rest of its log: {program.log}", style="red", highlight=False, markup=False)


def _sentence(error: BaseException) -> str:
    """The message of the first cause."""
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
    """Run the command line; returns the exit code."""
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

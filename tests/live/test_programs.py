"""The programs of the local world: on a leash, stopped politely, and never lost sight of."""

import asyncio
import os
import signal
import stat
import subprocess
import sys
from pathlib import Path

import psutil
import pytest

from deploy.local.jars import Jar, locked_jars
from deploy.local.keys import keys_of
from deploy.local.ports import LOOPBACK, answers, free_port, until
from deploy.local.programs import Program, ProgramEndedError

pytestmark = pytest.mark.live

FOR_EVER = "import signal; print('ready', flush=True); signal.pause()"
DEAF = f"import signal; signal.signal(signal.SIGTERM, signal.SIG_IGN)\n{FOR_EVER}\n{FOR_EVER}"
STARTER = """
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
    async def published() -> bool:
        return "ready" in program.last_lines()

    await until(published, still_alive=program.check, seconds=20)


@pytest.mark.skipif(sys.platform != "linux", reason="only Linux has a leash")
def test_a_program_dies_with_its_starter_even_when_that_is_killed(tmp_path: Path) -> None:
    command = [sys.executable, "-c", STARTER, str(tmp_path / "child.log")]
    with subprocess.Popen(command, stdout=subprocess.PIPE, text=True) as starter:
        assert starter.stdout is not None
        child = psutil.Process(int(starter.stdout.readline()))
        starter.kill()
    psutil.wait_procs([child], timeout=20)
    assert not child.is_running() or child.status() == psutil.STATUS_ZOMBIE


async def test_a_program_asked_to_stop_gets_sigterm(tmp_path: Path) -> None:
    program = a_program(tmp_path / "log", FOR_EVER)
    program.start()
    await until_ready(program)
    await program.stop()
    assert program.exit_code == -signal.SIGTERM


async def test_a_program_that_does_not_listen_is_killed_after_its_grace(tmp_path: Path) -> None:
    program = a_program(tmp_path / "log", DEAF, grace_seconds=0.2)
    program.start()
    await until_ready(program)
    await program.stop()
    assert program.exit_code == -signal.SIGKILL


async def test_a_program_that_ended_by_itself_is_told_with_its_last_lines(tmp_path: Path) -> None:
    program = a_program(tmp_path / "log", "raise SystemExit('no port was free')")
    with pytest.raises(ProgramEndedError, match=r"exit code 1(.|\n)*no port was free"):
        await program.run()


async def test_ctrl_c_at_the_terminal_reaches_no_program_but_its_starter(tmp_path: Path) -> None:
    program = a_program(tmp_path / "log", FOR_EVER)
    program.start()
    await until_ready(program)
    assert os.getpgid(program.pid) != os.getpgid(0)
    await program.kill()


async def test_a_port_that_is_taken_gives_way_to_a_free_one() -> None:
    server = await asyncio.start_server(lambda _reader, _writer: None, LOOPBACK, 0)
    async with server:
        taken: int = server.sockets[0].getsockname()[1]
        other = free_port(taken)
        assert other != taken
        assert not await answers(other)


def test_keys_are_made_once_and_only_their_owner_can_read_them(tmp_path: Path) -> None:
    made = keys_of(tmp_path)
    assert keys_of(tmp_path) == made
    assert stat.S_IMODE((tmp_path / "keys.json").stat().st_mode) == 0o600
    assert len(set(made.passwords.values())) == len(made.passwords)


def test_a_jar_that_was_broken_off_does_not_count_as_there(tmp_path: Path) -> None:
    jar = Jar("org.example", "thing", "1.0", "2cf24dba5fb0a30e26e83b2ac5b9e29e1b161e5c1fa7425e73043362938b9824")
    path = jar.path(tmp_path)
    path.parent.mkdir(parents=True)
    path.write_bytes(b"hello")
    assert jar.is_whole(tmp_path)
    path.write_bytes(b"hell")
    assert not jar.is_whole(tmp_path)


def test_a_lock_of_jars_says_group_artifact_version_and_checksum(tmp_path: Path) -> None:
    lock = tmp_path / "lock"
    lock.write_text("# why\norg.example:thing:1.0 sha256:abc\n")
    assert locked_jars(lock) == [Jar("org.example", "thing", "1.0", "abc")]

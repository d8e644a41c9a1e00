"""The project is built from what its locks name, wherever their packages come from."""

import json
import re
from pathlib import Path

REPOSITORY = Path(__file__).resolve().parents[2]
LOCKS = sorted((REPOSITORY / "requirements").glob("*.lock"))


def test_every_locked_python_package_has_a_version_and_a_hash() -> None:
    for lock in LOCKS:
        for entry in re.split(r"\n(?=[a-z0-9])", lock.read_text()):
            if not entry.startswith("#"):
                assert "==" in entry
                assert "--hash=sha256:" in entry


def test_no_lock_names_the_place_that_packages_come_from() -> None:
    for lock in LOCKS:
        assert "://" not in lock.read_text()
        assert "--index-url" not in lock.read_text()
    tops = [REPOSITORY / top for top in ("deploy", "services", "tests")]
    npm_locks = [path for top in tops for path in top.rglob("package-lock.json")]
    assert npm_locks
    for npm_lock in npm_locks:
        if "node_modules" not in npm_lock.parts:
            packages = json.loads(npm_lock.read_text())["packages"]
            assert [name for name, package in packages.items() if "resolved" in package] == []


def test_every_jar_of_the_broker_has_a_version_and_a_checksum() -> None:
    lines = (REPOSITORY / "deploy" / "local" / "kafka.lock").read_text().splitlines()
    jars = [line for line in lines if not line.startswith("#")]
    assert jars
    assert [jar for jar in jars if not re.fullmatch(r"[\w.-]+:[\w.-]+:[\w.-]+ sha256:[0-9a-f]{64}", jar)] == []

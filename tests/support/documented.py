"""The commands of `docs/operations.md`, run as they are written."""

import re
import subprocess

from deploy.local.paths import REPOSITORY

_PAGE = REPOSITORY / "docs" / "operations.md"
_GIVEN = {
    "STRIPE_API_KEY": "sk_test_1",
    "STRIPE_WEBHOOK_SECRET": "whsec_1",
    "SMTP_USERNAME": "u",
    "SMTP_PASSWORD": "p",
    "MIGRATE_POSTGRES_URL": "postgresql://u:p@h:5432/headcount",
}


def block(text: str) -> str:
    """The block of commands that has this text."""
    blocks: list[str] = re.findall(r"^```\w*\n(.*?)^```$", _PAGE.read_text(), re.MULTILINE | re.DOTALL)
    [found] = [one for one in blocks if text in one]
    return found


def printed(script: str) -> str:
    """What a script prints; `kubectl` prints its arguments, and `docker` does nothing."""
    given = "".join(f"{name}={value}\n" for name, value in _GIVEN.items())
    tools = 'kubectl() { printf "%s\\n" "$@"; }\ndocker() { :; }\n'
    command = ["bash", "-c", f"set -eu\n{given}{tools}{script}"]
    return subprocess.run(command, check=True, capture_output=True, text=True).stdout


def secrets_of_the_chart() -> dict[str, str]:
    """The secrets, by their keys, as the documented command makes them."""
    lines = printed(block("create secret generic headcount")).splitlines()
    return dict(line.removeprefix("--from-literal=").split("=", 1) for line in lines if "=" in line)

"""The commands of `docs/operations.md`, run as they are written."""

import re
import subprocess
from dataclasses import dataclass

from deploy.local.paths import REPOSITORY

_PAGE = REPOSITORY / "docs" / "operations.md"
_GIVEN = {
    "STRIPE_API_KEY": "sk_test_1",
    "STRIPE_WEBHOOK_SECRET": "whsec_1",
    "SMTP_USERNAME": "u",
    "SMTP_PASSWORD": "p",
    "MIGRATE_POSTGRES_URL": "postgresql://u:p@h:5432/headcount",
}


@dataclass(frozen=True)
class Block:
    """A block of the page: its tag, as `sh run=status`, and its text."""

    tag: str
    text: str

    @property
    def step(self) -> str | None:
        """The name of a block that tests run."""
        return self.tag.removeprefix("sh run=") if self.tag.startswith("sh run=") else None


def blocks() -> list[Block]:
    """Every block of the page, in order."""
    found = re.findall(r"^```([^\n`]*)\n(.*?)^```$", _PAGE.read_text(), re.MULTILINE | re.DOTALL)
    return [Block(tag, text) for tag, text in found]


def block(step: str) -> str:
    """The commands of a step."""
    [found] = [one.text for one in blocks() if one.step == step]
    return found


def printed(script: str) -> str:
    """What a script prints; `kubectl` prints its arguments, and `docker` does nothing."""
    given = "".join(f"{name}={value}\n" for name, value in _GIVEN.items())
    tools = 'kubectl() { printf "%s\\n" "$@"; }\ndocker() { :; }\n'
    command = ["bash", "-c", f"set -eu\n{given}{tools}{script}"]
    return subprocess.run(command, check=True, capture_output=True, text=True).stdout


def secrets_of_the_chart() -> dict[str, str]:
    """The secrets, by their keys, as the documented command makes them."""
    lines = printed(block("secrets")).splitlines()
    return dict(line.removeprefix("--from-literal=").split("=", 1) for line in lines if "=" in line)

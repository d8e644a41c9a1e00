"""The commands that make secrets in `docs/operations.md` make all of them, as the services take them."""

import re
import subprocess
from pathlib import Path

import yaml
from cryptography.fernet import Fernet

import deploy
from contracts.macs import KEY_CHARS

HERE = Path(deploy.__file__).parent
PAGE = (HERE.parent / "docs" / "operations.md").read_text()
STRIPE = "STRIPE_API_KEY=sk_test_1 STRIPE_WEBHOOK_SECRET=whsec_1 SMTP_USERNAME=u SMTP_PASSWORD=p MIGRATE_POSTGRES_URL=x"


def run(block_with: str, script: str) -> str:
    """What the shell prints after the documented block that has this text; `docker` and `kubectl` only print."""
    [block] = [one for one in re.findall(r"^```\n(.+?)^```", PAGE, re.MULTILINE | re.DOTALL) if block_with in one]
    tools = 'kubectl() { printf "%s\\n" "$@"; }\ndocker() { :; }\n'
    command = f"set -eu\n{STRIPE.replace(' ', chr(10))}\n{tools}{script.format(block=block)}"
    return subprocess.run(["bash", "-c", command], check=True, capture_output=True, text=True).stdout


def check(secrets: dict[str, str]) -> None:
    """Each secret, by its name in small letters, has the form and the length that its setting wants."""
    assert Fernet(secrets["sealing-keys"])
    for name in ("command-keys", "operator-command-keys", "pepper"):
        assert len(secrets[name]) >= KEY_CHARS
    assert len(secrets["operator-key"]) >= 16
    drawn = [value for name, value in secrets.items() if not name.startswith(("stripe", "smtp", "migrate"))]
    assert len(set(drawn)) == len(drawn)
    assert all(re.fullmatch(r"[\w=-]+", value) for value in drawn)


def test_the_documented_command_makes_each_secret_of_the_chart() -> None:
    printed = run("create secret generic headcount", "{block}")
    secrets = dict(line.removeprefix("--from-literal=").split("=", 1) for line in printed.splitlines() if "=" in line)
    values = yaml.safe_load((HERE / "chart" / "values.yaml").read_text())
    assert set(secrets) == {reference["key"] for reference in values["secrets"].values()}
    check(secrets)


def test_the_documented_command_makes_each_secret_of_compose(tmp_path: Path) -> None:
    (tmp_path / "deploy").mkdir()
    written = run("cat > deploy/.env", f"cd {tmp_path}\n{{block}}cat deploy/.env")
    secrets = dict(line.split("=", 1) for line in written.splitlines())
    wanted = set(re.findall(r"\$\{(\w+):\?", (HERE / "compose.yaml").read_text()))
    assert set(secrets) == wanted
    check({name.lower().replace("_", "-"): value for name, value in secrets.items()})

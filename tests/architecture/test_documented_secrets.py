"""The commands that make secrets in `docs/operations.md` make all of them, as the services take them."""

import re
from pathlib import Path

import yaml
from cryptography.fernet import Fernet

from contracts.macs import KEY_CHARS
from deploy.local.charts import DEPLOY
from tests.support.documented import block, printed, secrets_of_the_chart


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
    secrets = secrets_of_the_chart()
    values = yaml.safe_load((DEPLOY / "chart" / "values.yaml").read_text())
    assert set(secrets) == {reference["key"] for reference in values["secrets"].values()}
    check(secrets)


def test_the_documented_command_makes_each_secret_of_compose(tmp_path: Path) -> None:
    (tmp_path / "deploy").mkdir()
    lines = printed(f"cd {tmp_path}\n{block('compose-secrets')}\ncat deploy/.env").splitlines()
    secrets = dict(line.split("=", 1) for line in lines)
    assert set(secrets) == set(re.findall(r"\$\{(\w+):\?", (DEPLOY / "compose.yaml").read_text()))
    check({name.lower().replace("_", "-"): value for name, value in secrets.items()})

"""Billing reads its settings from the environment, and stops with a sentence when one is wrong."""

from pathlib import Path

import pytest
from cryptography.fernet import Fernet

from contracts.vocabulary import Service
from hosting.settings import read_settings
from services.billing.app import Settings, build
from tests.support.keys import KEYS_OF_COMMANDS
from tests.support.stripe_side import CATALOGUE

LOGGED = {
    "HEADCOUNT_POSTGRES": "postgresql://127.0.0.1:5432/headcount",
    "HEADCOUNT_PASSWORD": "of-a-test",
    "HEADCOUNT_KAFKA": "127.0.0.1:9092",
    "HEADCOUNT_PUBLIC_URL": "http://127.0.0.1:8000/",
    "HEADCOUNT_SEALING_KEYS": Fernet.generate_key().decode(),
    **KEYS_OF_COMMANDS,
    "HEADCOUNT_CATALOGUE": str(CATALOGUE),
    "STRIPE_API_KEY": "sk_test_of_a_test",
}


def configure(monkeypatch: pytest.MonkeyPatch, **other: str) -> None:
    for name in ("HEADCOUNT_STRIPE_API_KEY", "HEADCOUNT_STRIPE_BASE"):
        monkeypatch.delenv(name, raising=False)
    for name, value in {**LOGGED, **other}.items():
        monkeypatch.setenv(name, value)


async def test_the_service_is_built_from_its_settings(monkeypatch: pytest.MonkeyPatch) -> None:
    configure(monkeypatch, HEADCOUNT_STRIPE_BASE="http://127.0.0.1:8420/")
    settings = read_settings(Settings)
    assert (settings.stripe_base, settings.public_url) == ("http://127.0.0.1:8420", "http://127.0.0.1:8000")
    assert build(settings).service is Service.BILLING


def test_stripes_key_is_read_from_either_variable_and_never_shown(monkeypatch: pytest.MonkeyPatch) -> None:
    configure(monkeypatch)
    monkeypatch.delenv("STRIPE_API_KEY")
    monkeypatch.setenv("HEADCOUNT_STRIPE_API_KEY", "sk_test_other")
    settings = read_settings(Settings)
    assert settings.stripe_api_key.get_secret_value() == "sk_test_other"
    assert "sk_test_other" not in repr(settings)


@pytest.mark.parametrize(
    ("name", "value", "sentence"),
    [
        ("STRIPE_API_KEY", None, "Setting HEADCOUNT_STRIPE_API_KEY: is not set."),
        ("HEADCOUNT_STRIPE_BASE", "localhost:1", "HEADCOUNT_STRIPE_BASE: Value error, must read https://host"),
        ("HEADCOUNT_CATALOGUE", str(Path("none.toml")), "HEADCOUNT_CATALOGUE: Value error, the catalogue none.toml"),
    ],
)
def test_a_wrong_setting_stops_the_service_and_is_named(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str], name: str, value: str | None, sentence: str
) -> None:
    configure(monkeypatch)
    monkeypatch.delenv(name, raising=False)
    if value is not None:
        monkeypatch.setenv(name, value)
    with pytest.raises(SystemExit):
        read_settings(Settings)
    assert sentence in capsys.readouterr().err

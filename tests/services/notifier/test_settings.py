import pytest

from hosting.settings import read_settings
from services.notifier.app import build
from services.notifier.settings import Settings
from tests.support.keys import COMMAND_KEY

GOOD = {
    "POSTGRES": "postgresql://127.0.0.1:5432/headcount",
    "PASSWORD": "of-a-test",
    "KAFKA": "127.0.0.1:9092",
    "SMTP_HOST": "127.0.0.1",
    "MAIL_FROM": "Headcount <no-reply@mail.example>",
    "PUBLIC_URL": "https://seats.example/",
    "COMMAND_KEYS": COMMAND_KEY,
    "SEALING_KEYS": "MDAwMDAwMDAwMDAwMDAwMDAwMDAwMDAwMDAwMDAwMDA=",
}


@pytest.fixture(autouse=True)
def environment(monkeypatch: pytest.MonkeyPatch) -> None:
    for name, value in GOOD.items():
        monkeypatch.setenv(f"HEADCOUNT_{name}", value)


async def test_valid_settings_build_the_notifier() -> None:
    settings = read_settings(Settings)
    assert settings.branding().page("/login") == "https://seats.example/login"
    assert build(settings).topics == (
        "billing.events",
        "gateway.events",
        "members.events",
        "notifier.commands",
        "seats.events",
    )


def test_replies_go_to_support_and_without_it_to_the_operator(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("HEADCOUNT_OPERATOR_EMAIL", "ops@seats.example")
    assert read_settings(Settings).branding().support == "ops@seats.example"
    monkeypatch.setenv("HEADCOUNT_SUPPORT_EMAIL", "help@seats.example")
    monkeypatch.setenv("HEADCOUNT_PRIVACY_URL", "https://seats.example/privacy")
    monkeypatch.setenv("HEADCOUNT_STATUS_URL", "https://status.example/")
    branding = read_settings(Settings).branding()
    assert branding.support == "help@seats.example"
    assert branding.foot == {
        "Help": "https://seats.example/help",
        "Support": "mailto:help@seats.example",
        "Privacy": "https://seats.example/privacy",
        "Status": "https://status.example",
    }


def test_the_mail_server_is_greeted_with_the_public_host_name(monkeypatch: pytest.MonkeyPatch) -> None:
    assert read_settings(Settings).mail_server().greeting == "seats.example"
    monkeypatch.setenv("HEADCOUNT_SMTP_GREETING", "mail.seats.example")
    assert read_settings(Settings).mail_server().greeting == "mail.seats.example"


@pytest.mark.parametrize(
    ("name", "value", "sentence"),
    [
        ("MAIL_FROM", "nobody", "Setting HEADCOUNT_MAIL_FROM: Value error, must read Name <name@host>."),
        ("PUBLIC_URL", "seats.example", "Setting HEADCOUNT_PUBLIC_URL: Value error, must read https://host."),
        ("OPERATOR_EMAIL", "a@b, c@d", "Setting HEADCOUNT_OPERATOR_EMAIL: Value error, must be an email address."),
        ("SMTP_GREETING", "localhost", "Setting HEADCOUNT_SMTP_GREETING: Value error, must have a whole email domain"),
        ("LOG_LEVEL", "loud", "Setting HEADCOUNT_LOG_LEVEL: Input should be 'debug', 'info', 'warning' or 'error'"),
        ("SEALING_KEYS", "short", "Setting HEADCOUNT_SEALING_KEYS: Value error, each key must be 32 bytes"),
        ("SMTP_PORT", "0", "Setting HEADCOUNT_SMTP_PORT: Input should be greater than or equal to 1."),
        (
            "SMTP_USERNAME",
            "somebody",
            "Setting HEADCOUNT_SMTP_USERNAME: Value error, needs smtp_tls to be starttls or tls",
        ),
    ],
)
def test_an_invalid_setting_stops_the_start_with_a_message_that_names_it(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str], name: str, value: str, sentence: str
) -> None:
    monkeypatch.setenv(f"HEADCOUNT_{name}", value)
    with pytest.raises(SystemExit):
        read_settings(Settings)
    assert sentence in capsys.readouterr().err

"""A setting of Kafka that is wrong, or contradicts another, ends the process with a sentence and exit code 2."""

from pathlib import Path

import pytest

from hosting.settings import read_settings
from tests.support.certificates import Authority
from transport.settings import KafkaSettings

SCRAM = {
    "SECURITY": "SASL_SSL",
    "MECHANISM": "SCRAM-SHA-512",
    "USERNAME": "seats",
    "PASSWORD": "a-password-of-a-test",
}


@pytest.fixture
def authority(tmp_path: Path) -> Authority:
    return Authority(tmp_path / "authority")


def read(environment: pytest.MonkeyPatch, settings: dict[str, str]) -> KafkaSettings:
    environment.setenv("HEADCOUNT_KAFKA", "127.0.0.1:9092")
    for name, value in settings.items():
        environment.setenv(f"HEADCOUNT_KAFKA_{name}", value)
    return read_settings(KafkaSettings)


@pytest.mark.parametrize(
    ("settings", "sentence"),
    [
        ({"SECURITY": "TLS"}, "Setting HEADCOUNT_KAFKA_SECURITY: Input should be 'PLAINTEXT', 'SSL'"),
        (SCRAM | {"MECHANISM": "MD5"}, "Setting HEADCOUNT_KAFKA_MECHANISM: Input should be 'PLAIN', 'SCRAM-SHA-256'"),
        (SCRAM | {"CA_FILE": "none.pem"}, "Setting HEADCOUNT_KAFKA_CA_FILE: Value error, the file none.pem cannot be"),
        (SCRAM | {"PASSWORD": ""}, "SCRAM-SHA-512 needs HEADCOUNT_KAFKA_USERNAME and HEADCOUNT_KAFKA_PASSWORD"),
        ({"SECURITY": "SASL_SSL"}, "HEADCOUNT_KAFKA_MECHANISM and a HEADCOUNT_KAFKA_SECURITY with SASL need each"),
        ({"MECHANISM": "PLAIN"}, "HEADCOUNT_KAFKA_MECHANISM and a HEADCOUNT_KAFKA_SECURITY with SASL need each other"),
        (SCRAM | {"SECURITY": "SASL_PLAINTEXT", "MECHANISM": "PLAIN"}, "PLAIN sends its secret as it is"),
        (
            {"SECURITY": "SASL_SSL", "MECHANISM": "OAUTHBEARER"},
            "OAUTHBEARER needs either HEADCOUNT_KAFKA_TOKEN_",
        ),
        (
            {"SECURITY": "SASL_SSL", "MECHANISM": "OAUTHBEARER", "TOKEN_URL": "https://id.example/token"},
            "OAUTHBEARER needs HEADCOUNT_KAFKA_USERNAME and HEADCOUNT_KAFKA_PASSWORD",
        ),
    ],
)
def test_a_wrong_setting_ends_the_process_with_a_sentence_that_names_it(
    settings: dict[str, str], sentence: str, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    with pytest.raises(SystemExit) as ended:
        read(monkeypatch, settings)
    assert ended.value.code == 2
    printed = capsys.readouterr().err
    assert sentence in printed
    assert "a-password-of-a-test" not in printed


def test_certificates_that_cannot_be_used_end_the_process_too(
    authority: Authority, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    certificate, key = authority.sign("seats", b"of a test")
    empty = tmp_path / "empty.pem"
    empty.write_text("no certificate")
    tls = {"SECURITY": "SSL", "CA_FILE": str(authority.file)}
    for settings, sentence in (
        (tls | {"CA_FILE": str(empty)}, "HEADCOUNT_KAFKA_CA_FILE holds no certificate in PEM"),
        (
            tls | {"CERT_FILE": str(certificate)},
            "HEADCOUNT_KAFKA_CERT_FILE and HEADCOUNT_KAFKA_KEY_FILE need",
        ),
        (tls | {"CERT_FILE": str(certificate), "KEY_FILE": str(key)}, "HEADCOUNT_KAFKA_KEY_PASSWORD does not open it"),
        (tls | {"SECURITY": "PLAINTEXT"}, "HEADCOUNT_KAFKA_SECURITY is PLAINTEXT, which uses no certificate"),
    ):
        with monkeypatch.context() as environment, pytest.raises(SystemExit) as ended:
            read(environment, settings)
        assert ended.value.code == 2
        assert sentence in capsys.readouterr().err
    with monkeypatch.context() as environment:
        settings = tls | {"CERT_FILE": str(certificate), "KEY_FILE": str(key), "KEY_PASSWORD": "of a test"}
        access = read(environment, settings).kafka_access()
    assert access.options["security_protocol"] == "SSL"


def test_every_client_gets_the_same_access_and_no_secret_shows_in_it(
    authority: Authority, monkeypatch: pytest.MonkeyPatch
) -> None:
    settings = read(monkeypatch, SCRAM | {"CA_FILE": str(authority.file)})
    access = settings.kafka_access()
    assert access.options == {
        "security_protocol": "SASL_SSL",
        "ssl_context": access.tls,
        "sasl_mechanism": "SCRAM-SHA-512",
        "sasl_plain_username": "seats",
        "sasl_plain_password": "a-password-of-a-test",
        "sasl_oauth_token_provider": None,
    }
    assert "a-password-of-a-test" not in f"{access!r} {settings!r}"


def test_without_settings_the_connection_is_plain(monkeypatch: pytest.MonkeyPatch) -> None:
    assert read(monkeypatch, {}).kafka_access().options["security_protocol"] == "PLAINTEXT"

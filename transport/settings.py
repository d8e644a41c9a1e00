"""The settings of Kafka, for services and commands alike. A contradiction ends the process before anything starts."""

from __future__ import annotations

import ssl
from collections.abc import Iterator
from enum import StrEnum
from pathlib import Path
from typing import Annotated

from aiokafka.abc import AbstractTokenProvider
from pydantic import AfterValidator, SecretStr, model_validator
from pydantic_settings import BaseSettings, SettingsConfigDict

from transport.access import KafkaAccess, Sasl
from transport.tokens import EndpointTokens, FileTokens


class Protocol(StrEnum):
    """How a client connects; the names are those of Kafka's `security.protocol`."""

    PLAINTEXT = "PLAINTEXT"
    SSL = "SSL"
    SASL_PLAINTEXT = "SASL_PLAINTEXT"
    SASL_SSL = "SASL_SSL"

    @property
    def has_tls(self) -> bool:
        """Whether the connection is encrypted."""
        return self.value.endswith("SSL")

    @property
    def has_sasl(self) -> bool:
        """Whether the client names itself beside its certificate."""
        return self.value.startswith("SASL")


class Mechanism(StrEnum):
    """How a client proves who it is; the names are those of Kafka's `sasl.mechanism`."""

    PLAIN = "PLAIN"
    SCRAM_256 = "SCRAM-SHA-256"
    SCRAM_512 = "SCRAM-SHA-512"
    OAUTHBEARER = "OAUTHBEARER"


def _readable(path: Path) -> Path:
    try:
        path.read_bytes()
    except OSError as away:
        raise ValueError(f"the file {path} cannot be read ({away.strerror})") from away
    return path


File = Annotated[Path, AfterValidator(_readable)]


class KafkaSettings(BaseSettings):
    """Where Kafka is, and how we prove who we are."""

    model_config = SettingsConfigDict(env_prefix="HEADCOUNT_", extra="ignore")

    kafka: str
    """Bootstrap servers, host:port, comma-separated."""
    kafka_security: Protocol = Protocol.PLAINTEXT
    kafka_ca_file: File | None = None
    """The certificates (PEM) that sign the brokers'. Unset: those that the system trusts."""
    kafka_cert_file: File | None = None
    kafka_key_file: File | None = None
    """Our own certificate and its key (PEM), for mTLS."""
    kafka_key_password: SecretStr | None = None
    kafka_mechanism: Mechanism | None = None
    kafka_username: str | None = None
    """The user; with `kafka_token_url` the client's id."""
    kafka_password: SecretStr | None = None
    kafka_token_file: Path | None = None
    """A file with the token of OAUTHBEARER, read for each connection."""
    kafka_token_url: str | None = None
    """The endpoint that gives tokens to a client with an id and a secret."""
    kafka_token_scope: str | None = None

    @model_validator(mode="after")
    def _can_be_used(self) -> KafkaSettings:
        for is_wrong, sentence in self._contradictions():
            if is_wrong:
                raise ValueError(sentence)
        self._tls()
        return self

    def _contradictions(self) -> Iterator[tuple[bool, str]]:
        security, mechanism = self.kafka_security, self.kafka_mechanism
        by_token = mechanism is Mechanism.OAUTHBEARER
        yield (
            (self.kafka_cert_file is None) != (self.kafka_key_file is None),
            "HEADCOUNT_KAFKA_CERT_FILE and HEADCOUNT_KAFKA_KEY_FILE need each other",
        )
        yield (
            not security.has_tls and bool(self.kafka_ca_file or self.kafka_cert_file),
            f"HEADCOUNT_KAFKA_SECURITY is {security}, which uses no certificate: it must be SSL or SASL_SSL",
        )
        yield (
            security.has_sasl != (mechanism is not None),
            "HEADCOUNT_KAFKA_MECHANISM and a HEADCOUNT_KAFKA_SECURITY with SASL need each other",
        )
        yield (
            security is Protocol.SASL_PLAINTEXT and (by_token or mechanism is Mechanism.PLAIN),
            f"{mechanism} sends its secret as it is, so HEADCOUNT_KAFKA_SECURITY must be SASL_SSL",
        )
        yield (
            by_token and (self.kafka_token_file is None) == (self.kafka_token_url is None),
            "OAUTHBEARER needs either HEADCOUNT_KAFKA_TOKEN_FILE or HEADCOUNT_KAFKA_TOKEN_URL",
        )
        needs_user = mechanism is not None and self.kafka_token_file is None
        yield (
            needs_user and not (self.kafka_username and _secret(self.kafka_password)),
            f"{mechanism} needs HEADCOUNT_KAFKA_USERNAME and HEADCOUNT_KAFKA_PASSWORD",
        )

    def kafka_access(self) -> KafkaAccess:
        """The access that these settings describe."""
        tls, mechanism = self._tls(), self.kafka_mechanism
        if mechanism is None:
            return KafkaAccess(self.kafka, tls)
        if mechanism is Mechanism.OAUTHBEARER:
            return KafkaAccess(self.kafka, tls, Sasl(mechanism.value, tokens=self._tokens()))
        return KafkaAccess(
            self.kafka, tls, Sasl(mechanism.value, self.kafka_username or "", _secret(self.kafka_password))
        )

    def _tls(self) -> ssl.SSLContext | None:
        if not self.kafka_security.has_tls:
            return None
        try:
            context = ssl.create_default_context(cafile=self.kafka_ca_file)
        except ssl.SSLError as wrong:
            raise ValueError(f"HEADCOUNT_KAFKA_CA_FILE holds no certificate in PEM ({wrong.reason})") from wrong
        if self.kafka_cert_file is not None:
            password = _secret(self.kafka_key_password)
            try:
                context.load_cert_chain(self.kafka_cert_file, self.kafka_key_file, password)
            except ssl.SSLError as wrong:
                raise ValueError(
                    "HEADCOUNT_KAFKA_CERT_FILE and HEADCOUNT_KAFKA_KEY_FILE are no certificate with its key,"
                    f" or HEADCOUNT_KAFKA_KEY_PASSWORD does not open it ({wrong.reason})"
                ) from wrong
        return context

    def _tokens(self) -> AbstractTokenProvider:
        if self.kafka_token_file is not None:
            return FileTokens(self.kafka_token_file)
        return EndpointTokens(
            self.kafka_token_url or "",
            self.kafka_username or "",
            _secret(self.kafka_password),
            self.kafka_token_scope,
        )


def _secret(setting: SecretStr | None) -> str:
    # An empty password, unlike None, keeps OpenSSL from asking for one at the terminal.
    return "" if setting is None else setting.get_secret_value()

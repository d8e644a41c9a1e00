"""Settings come from the environment, `HEADCOUNT_*`, and are checked before anything starts."""

from __future__ import annotations

import sys
from typing import Annotated, ClassVar, Literal, NoReturn, TypeVar
from urllib.parse import quote, urlsplit, urlunsplit

from cryptography.fernet import Fernet
from pydantic import AfterValidator, BeforeValidator, Field, SecretStr, ValidationError
from pydantic_settings import BaseSettings, NoDecode, SettingsConfigDict

from contracts.macs import KEY_CHARS, CommandKeys
from contracts.vocabulary import Service
from transport.settings import KafkaSettings
from transport.trust import Trust


def _postgres(address: str) -> str:
    parts = urlsplit(address)
    if parts.scheme not in {"postgresql", "postgres"} or not parts.path.strip("/"):
        raise ValueError("must read postgresql://host:port/database")
    return address


def split_list(text: str | list[str]) -> list[str]:
    """The parts of a comma-separated setting, without blanks around them; empty parts are left out."""
    return [part.strip() for part in text.split(",") if part.strip()] if isinstance(text, str) else text


PostgresAddress = Annotated[str, AfterValidator(_postgres)]


def _long_keys(secret: SecretStr) -> SecretStr:
    keys = split_list(secret.get_secret_value())
    if not keys or any(len(key) < KEY_CHARS for key in keys):
        raise ValueError(f"each key must have at least {KEY_CHARS} characters")
    return secret


MacKeys = Annotated[SecretStr, AfterValidator(_long_keys)]
"""Comma-separated keys of MACs; the first one signs, all of them are valid."""


def _fernet_keys(keys: list[str]) -> list[str]:
    for key in keys:
        try:
            Fernet(key)
        except ValueError:
            raise ValueError("each key must be 32 bytes, as URL-safe base64") from None
    return keys


KeyList = Annotated[list[str], NoDecode, BeforeValidator(split_list), Field(min_length=1), AfterValidator(_fernet_keys)]
"""Comma-separated Fernet keys; the first one seals, all of them open."""


LogLevel = Literal["debug", "info", "warning", "error"]


class CommandKeySettings(BaseSettings):
    """The keys that prove commands."""

    model_config = SettingsConfigDict(env_prefix="HEADCOUNT_", extra="ignore")

    command_keys: MacKeys
    """The keys of the MACs of commands; every service has the same."""
    operator_command_keys: MacKeys | None = None
    """The keys of the commands that only the operator may send, for the services that send and handle them."""

    @property
    def trust(self) -> Trust:
        """Which messages are believed, and how our own are signed."""
        operator = self.operator_command_keys
        commands = split_list(self.command_keys.get_secret_value())
        return Trust(CommandKeys.of(commands, split_list(operator.get_secret_value()) if operator else ()))


class ServiceSettings(KafkaSettings, CommandKeySettings):
    """The settings of every service process. A service with more settings subclasses this."""

    loggable: ClassVar[frozenset[str]] = frozenset()
    """The log fields of the service's own, beside `telemetry.LOGGABLE`."""

    postgres: PostgresAddress
    """Where Postgres is, without user and password: postgresql://host:port/database."""
    password: SecretStr
    """The password of this service's own role."""
    host: str = "127.0.0.1"
    port: int = 0
    """Where the service serves HTTP, probes and metrics included. 0 takes a free one."""
    pool_size: int = Field(default=4, ge=2, le=64)
    """Postgres connections of the process."""
    log_level: Annotated[LogLevel, BeforeValidator(str.lower)] = "info"
    session_timeout: float = Field(default=30.0, ge=6)
    """Seconds after which Kafka gives a silent consumer's partitions to another."""
    shutdown_grace: float = Field(default=0.0, ge=0, le=60)
    """Seconds after SIGTERM in which requests are still taken, while load balancers learn that the process leaves."""
    otlp_endpoint: str | None = None
    """Where traces go (OTLP over HTTP). Unset: nowhere."""

    @property
    def probes_address(self) -> tuple[str, int]:
        """The host and port of the probes and metrics."""
        return self.host, self.port

    def dsn(self, service: Service) -> str:
        """The service's own address of Postgres, under its own role."""
        return with_role(self.postgres, service, self.password.get_secret_value())


def with_role(address: str, role: str, password: str) -> str:
    """The same Postgres address, entered as this role."""
    parts = urlsplit(address)
    host = parts.netloc.rpartition("@")[2]
    return urlunsplit(parts._replace(netloc=f"{quote(role)}:{quote(password, safe='')}@{host}"))


Settings = TypeVar("Settings", bound=BaseSettings)


def read_settings(kind: type[Settings]) -> Settings:
    """Read and check; a wrong or missing one ends the process with a sentence that names it."""
    try:
        return kind()
    except ValidationError as wrong:
        _stop(wrong)


def _stop(wrong: ValidationError) -> NoReturn:
    for error in wrong.errors():
        # Settings that contradict each other have no place: their sentence names them.
        name = "".join(f"Setting HEADCOUNT_{str(part).upper()}: " for part in error["loc"][:1])
        what = "is not set" if error["type"] == "missing" else error["msg"]
        print(f"{name}{what}.", file=sys.stderr)  # noqa: T201  there is no log before the settings
    raise SystemExit(2)

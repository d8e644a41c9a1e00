"""The gateway's settings: its public address, its keys, and the limits of requests."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import timedelta
from typing import Annotated
from urllib.parse import urlsplit

from pydantic import AfterValidator, BeforeValidator, Field, SecretStr
from pydantic_settings import NoDecode

from chassis.settings import KeyList, ServiceSettings
from services.gateway.domain.other_origins import is_exact_origin
from services.gateway.domain.session_life import SessionLife, SessionLives


def _address(text: str) -> str:
    parts = urlsplit(text)
    if parts.scheme not in {"http", "https"} or not parts.hostname:
        raise ValueError("must read https://host")
    return text.rstrip("/")


def _origins(text: object) -> object:
    return [origin for part in text.split(",") if (origin := part.strip())] if isinstance(text, str) else text


def _exact(origins: frozenset[str]) -> frozenset[str]:
    for origin in origins:
        if not is_exact_origin(origin):
            raise ValueError("must list exact origins, like https://host or chrome-extension://id, without a path")
    return origins


Origins = Annotated[frozenset[str], NoDecode, BeforeValidator(_origins), AfterValidator(_exact)]
"""Comma-separated origins, as browsers send them."""


@dataclass(frozen=True, slots=True)
class RequestLimits:
    """Requests an hour that are accepted from one address, network, mail domain or agency."""

    codes_per_address: int = 20
    codes_per_network: int = 2_000
    codes_per_domain: int = 5_000
    sign_ups_per_address: int = 10
    sign_ups_per_network: int = 1_000
    sign_ups_per_agency: int = 5_000
    tries_per_network: int = 5_000
    invitations_per_person: int = 20
    invitations_per_agency: int = 2_000


class Settings(ServiceSettings):
    """Settings from the environment. The limits are per hour, wide enough for a clinic behind one network address."""

    public_url: Annotated[str, AfterValidator(_address)]
    """The address that people see, in mailed links and as the origin of writes. With https, cookies are secure."""
    operator_key: SecretStr = Field(min_length=16)
    """The key of calls that open agencies and add admins."""
    pepper: SecretStr = Field(min_length=32)
    """The key of the hashes of codes, links, sessions and API keys. A new pepper ends all of them."""
    sealing_keys: KeyList
    stripe_webhook_secret: SecretStr
    """Comma-separated while a secret is rolled: any of them is valid."""
    pool_size: int = Field(default=10, ge=4, le=64)
    session_idle_hours: int = Field(default=24, ge=1, le=24 * 90)
    session_days: int = Field(default=14, ge=1, le=90)
    admin_session_idle_hours: int = Field(default=12, ge=1, le=24 * 90)
    admin_session_days: int = Field(default=14, ge=1, le=90)
    cors_origins: Origins = frozenset()
    """Origins of other pages, extensions and apps that may use bearer tokens in a browser; none by default."""
    codes_per_address: int = Field(default=20, ge=1)
    codes_per_network: int = Field(default=2_000, ge=1)
    codes_per_domain: int = Field(default=5_000, ge=1)
    sign_ups_per_address: int = Field(default=10, ge=1)
    sign_ups_per_network: int = Field(default=1_000, ge=1)
    sign_ups_per_agency: int = Field(default=5_000, ge=1)
    tries_per_network: int = Field(default=5_000, ge=1)
    invitations_per_person: int = Field(default=20, ge=1)
    invitations_per_agency: int = Field(default=2_000, ge=1)

    @property
    def session_lives(self) -> SessionLives:
        """How long sessions live."""
        return SessionLives(
            clinician=SessionLife(timedelta(hours=self.session_idle_hours), timedelta(days=self.session_days)),
            admin=SessionLife(timedelta(hours=self.admin_session_idle_hours), timedelta(days=self.admin_session_days)),
        )

    @property
    def limits(self) -> RequestLimits:
        """The limits of requests an hour."""
        return RequestLimits(
            codes_per_address=self.codes_per_address,
            codes_per_network=self.codes_per_network,
            codes_per_domain=self.codes_per_domain,
            sign_ups_per_address=self.sign_ups_per_address,
            sign_ups_per_network=self.sign_ups_per_network,
            sign_ups_per_agency=self.sign_ups_per_agency,
            tries_per_network=self.tries_per_network,
            invitations_per_person=self.invitations_per_person,
            invitations_per_agency=self.invitations_per_agency,
        )

    @property
    def webhook_secrets(self) -> tuple[str, ...]:
        """The signing secrets that are valid now."""
        secrets = self.stripe_webhook_secret.get_secret_value().split(",")
        return tuple(secret.strip() for secret in secrets if secret.strip())

"""The gateway's settings: its public address, its keys, and the limits of requests."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import timedelta
from typing import Annotated, ClassVar
from urllib.parse import urlsplit

from pydantic import AfterValidator, BeforeValidator, Field, SecretStr
from pydantic_settings import NoDecode

from contracts.address import parse_address
from hosting.settings import KeyList, MacKeys, ServiceSettings, split_list
from services.gateway.domain.code_mails import CodeMailLimits
from services.gateway.domain.invitation_limits import InvitationLimits
from services.gateway.domain.other_origins import is_exact_origin
from services.gateway.domain.request_limits import Limit
from services.gateway.domain.session_life import SessionLife, SessionLives
from webserver.client_address import TrustedProxies, networks_of


def _address(text: str) -> str:
    parts = urlsplit(text)
    if parts.scheme not in {"http", "https"} or not parts.hostname:
        raise ValueError("must read https://host")
    return text.rstrip("/")


def _mailbox(text: str) -> str:
    return parse_address(text)


_OPERATOR_KEY_CHARS = 16


def _several_keys(secret: SecretStr) -> SecretStr:
    keys = split_list(secret.get_secret_value())
    if not keys or any(len(key) < _OPERATOR_KEY_CHARS for key in keys):
        raise ValueError(f"each key must have at least {_OPERATOR_KEY_CHARS} characters")
    return secret


def _are_networks(texts: list[str]) -> list[str]:
    networks_of(texts)
    return texts


Networks = Annotated[list[str], NoDecode, BeforeValidator(split_list), AfterValidator(_are_networks)]


def _exact(origins: frozenset[str]) -> frozenset[str]:
    for origin in origins:
        if not is_exact_origin(origin):
            raise ValueError("must list exact origins, like https://host or chrome-extension://id, without a path")
    return origins


Origins = Annotated[frozenset[str], NoDecode, BeforeValidator(split_list), AfterValidator(_exact)]
"""Comma-separated origins, as browsers send them."""


@dataclass(frozen=True, slots=True)
class RequestLimits:
    """The limits of requests. Those of networks are wide, and come in addition to others."""

    codes_of_network: Limit
    sign_ups_of_network: Limit
    tries_of_network: Limit
    code_mails: CodeMailLimits
    invitations: InvitationLimits


class Settings(ServiceSettings):
    """Settings from the environment. The limits are per hour, those of invitations per day (UTC).

    The limits of networks are wide enough for a clinic behind one address.
    """

    loggable: ClassVar[frozenset[str]] = frozenset({"network", "proxies", "hops"})
    public_url: Annotated[str, AfterValidator(_address)]
    """The address that people see, in mailed links and as the origin of writes. With https, cookies are secure."""
    support_email: Annotated[str, AfterValidator(_mailbox)] | None = None
    privacy_url: Annotated[str, AfterValidator(_address)] | None = None
    status_url: Annotated[str, AfterValidator(_address)] | None = None
    """Where every page's links to support, privacy notice and status page lead; a link without one is left out."""
    operator_key: Annotated[SecretStr, AfterValidator(_several_keys)]
    """The key of calls that open agencies and add admins. Comma-separated while it is rolled: any of them is valid."""
    operator_command_keys: MacKeys
    """The keys of the MACs with which the operator's commands go to members."""
    wrong_operator_keys_per_network: int = Field(default=20, ge=1)
    operator_host: str | None = None
    operator_port: int | None = Field(default=None, ge=0, le=65535)
    """Set: the operator's calls are served there, and no longer at the public address."""
    probes_host: str | None = None
    probes_port: int = Field(default=0, ge=0, le=65535)
    """Where probes and metrics are served. Without a host of their own, these listeners have that of the public one."""
    trusted_proxies: Networks = Field(default_factory=list)
    """The networks (CIDR) of the proxies whose `X-Forwarded-For` is believed. None: every peer is a client."""
    proxy_hops: int = Field(default=1, ge=1, le=10)
    """How many of these proxies a request may pass, one after another."""
    connections: int = Field(default=4_000, ge=1)
    connections_per_network: int = Field(default=1_000, ge=1)
    """Open connections at most; those of trusted proxies count in all only."""
    pepper: SecretStr = Field(min_length=32)
    """The key of the hashes of codes, links, sessions and API keys. A new pepper ends all of them."""
    sealing_keys: KeyList
    stripe_webhook_secret: SecretStr
    """Comma-separated while a secret is rolled: any of them is valid."""
    pool_size: int = Field(default=10, ge=4, le=64)
    shutdown_grace: float = Field(default=5.0, ge=0, le=60)
    session_idle_hours: int = Field(default=24, ge=1, le=24 * 90)
    session_days: int = Field(default=14, ge=1, le=90)
    admin_session_idle_hours: int = Field(default=12, ge=1, le=24 * 90)
    admin_session_days: int = Field(default=14, ge=1, le=90)
    cors_origins: Origins = frozenset()
    """Origins of other pages, extensions and apps that may use bearer tokens in a browser; none by default."""
    codes_per_network: int = Field(default=2_000, ge=1)
    code_mails_per_address: int = Field(default=5, ge=1)
    code_mails_per_browser: int = Field(default=3, ge=1)
    code_mails_per_address_and_network: int = Field(default=4, ge=1)
    code_mails_per_known_browser: int = Field(default=10, ge=1)
    sign_ups_per_network: int = Field(default=1_000, ge=1)
    tries_per_network: int = Field(default=5_000, ge=1)
    invitations_per_agency: int = Field(default=20, ge=1)
    invitations_per_seat: int = Field(default=3, ge=1)
    invitations_per_person: int = Field(default=5, ge=1)
    invitations_per_mailbox: int = Field(default=10, ge=1)

    @property
    def probes_address(self) -> tuple[str, int]:
        """Probes and metrics have a listener of their own."""
        return self.probes_host or self.host, self.probes_port

    @property
    def session_lives(self) -> SessionLives:
        """How long sessions live."""
        return SessionLives(
            clinician=SessionLife(timedelta(hours=self.session_idle_hours), timedelta(days=self.session_days)),
            admin=SessionLife(timedelta(hours=self.admin_session_idle_hours), timedelta(days=self.admin_session_days)),
        )

    @property
    def limits(self) -> RequestLimits:
        """The limits of requests."""
        return RequestLimits(
            codes_of_network=Limit("codes_of_network", self.codes_per_network),
            sign_ups_of_network=Limit("sign_ups_of_network", self.sign_ups_per_network),
            tries_of_network=Limit("tries_of_network", self.tries_per_network),
            code_mails=CodeMailLimits(
                per_address=self.code_mails_per_address,
                per_browser=self.code_mails_per_browser,
                per_network=self.code_mails_per_address_and_network,
                per_known_browser=self.code_mails_per_known_browser,
            ),
            invitations=InvitationLimits(
                per_agency=self.invitations_per_agency,
                per_seat=self.invitations_per_seat,
                per_person=self.invitations_per_person,
                per_mailbox=self.invitations_per_mailbox,
            ),
        )

    @property
    def proxies(self) -> TrustedProxies:
        """The proxies that are trusted."""
        return TrustedProxies(networks_of(self.trusted_proxies), self.proxy_hops)

    @property
    def operator_keys(self) -> tuple[str, ...]:
        """The operator's keys that are valid now."""
        return tuple(split_list(self.operator_key.get_secret_value()))

    @property
    def webhook_secrets(self) -> tuple[str, ...]:
        """The signing secrets that are valid now."""
        return tuple(split_list(self.stripe_webhook_secret.get_secret_value()))

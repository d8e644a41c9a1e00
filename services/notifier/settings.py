"""The notifier's own settings: the mail server, the sender, and the keys that unseal codes and links."""

from __future__ import annotations

from typing import Annotated
from urllib.parse import urlsplit

from pydantic import AfterValidator, Field, SecretStr, ValidationInfo, field_validator

from contracts.address import AddressError, parse_domain
from hosting.settings import KeyList, ServiceSettings
from services.notifier.clients.smtp import MailServer, Tls
from services.notifier.mails.branding import Branding, Links, address, branding


def _web_address(text: str) -> str:
    parts = urlsplit(text)
    if parts.scheme not in {"http", "https"} or not parts.netloc:
        raise ValueError("must read https://host")
    return text.rstrip("/")


def _sender(text: str) -> str:
    try:
        branding(text, "https://unused")
    except AddressError as error:
        raise ValueError("must read Name <name@host>") from error
    return text


def _mailbox(text: str) -> str:
    try:
        address(text)
    except AddressError as error:
        raise ValueError("must be an email address") from error
    return text


class Settings(ServiceSettings):
    """The notifier's settings."""

    smtp_host: str
    smtp_port: int = Field(default=587, ge=1, le=65535)
    smtp_tls: Tls = Tls.AUTO
    """auto (STARTTLS if offered), starttls, tls (from the first byte), none."""
    smtp_username: str | None = None
    smtp_password: SecretStr | None = None
    smtp_connections: int = Field(default=8, ge=1, le=64)
    smtp_greeting: Annotated[str, AfterValidator(parse_domain)] | None = None
    """The public host name that EHLO sends. Unset: the host of the public address."""
    mail_from: Annotated[str, AfterValidator(_sender)]
    """The sender of all mails: Name <name@host>. Message-IDs end in its host."""
    public_url: Annotated[str, AfterValidator(_web_address)]
    """The public address of the pages, which the links in mails lead to."""
    sealing_keys: KeyList
    operator_email: Annotated[str, AfterValidator(_mailbox)] | None = None
    """Gets a mail when a subscription ends, and replies to mails without a support address. Unset: no such mail."""
    support_email: Annotated[str, AfterValidator(_mailbox)] | None = None
    privacy_url: Annotated[str, AfterValidator(_web_address)] | None = None
    status_url: Annotated[str, AfterValidator(_web_address)] | None = None
    """Where the links in every mail's foot lead, as the gateway's on pages; a link without one is left out."""

    @field_validator("smtp_username")
    @classmethod
    def _no_password_in_the_open(cls, username: str | None, others: ValidationInfo) -> str | None:
        if username is not None and others.data.get("smtp_tls") not in {Tls.STARTTLS, Tls.TLS}:
            raise ValueError("needs smtp_tls to be starttls or tls, so that the password is not sent in the open")
        return username

    def mail_server(self) -> MailServer:
        """The mail server of the settings."""
        password = self.smtp_password.get_secret_value() if self.smtp_password is not None else None
        return MailServer(
            host=self.smtp_host,
            port=self.smtp_port,
            tls=self.smtp_tls,
            username=self.smtp_username,
            password=password,
            connections=self.smtp_connections,
            greeting=self.smtp_greeting or urlsplit(self.public_url).hostname or "localhost",
        )

    def branding(self) -> Branding:
        """The branding of the settings."""
        links = Links(self.support_email, self.privacy_url, self.status_url)
        return branding(self.mail_from, self.public_url, self.support_email or self.operator_email, links)

"""The branding that all mails share: the sender, the address of the pages, the address for replies, and the foot."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from email.headerregistry import Address
from email.utils import parseaddr

from contracts.address import parse_address

PRODUCT = "Headcount"


def address(text: str, display_name: str = "") -> Address:
    """An address for a header; AddressError when mail cannot be sent to it."""
    local, _, domain = parse_address(text).rpartition("@")
    return Address(display_name, local, domain)


@dataclass(frozen=True, slots=True)
class Links:
    """The operator's addresses that every mail's foot links to; None for one that the operator does not give."""

    support: str | None = None
    privacy: str | None = None
    status: str | None = None


@dataclass(frozen=True, slots=True)
class Branding:
    """`public_url` has no slash at the end. `support` is the address for replies; None when nobody reads them."""

    sender: Address
    public_url: str
    support: str | None = None
    links: Links = field(default_factory=Links)

    @property
    def domain(self) -> str:
        """The sender's domain: the right-hand side of every Message-ID."""
        return self.sender.domain

    def page(self, path: str) -> str:
        """The full address of one of our pages."""
        return f"{self.public_url}{path}"

    @property
    def foot(self) -> Mapping[str, str]:
        """The links of every mail's foot by their labels, those of the pages' foot."""
        support = self.links.support and f"mailto:{self.links.support}"
        links = {"Support": support, "Privacy": self.links.privacy, "Status": self.links.status}
        return {"Help": self.page("/help"), **{label: link for label, link in links.items() if link is not None}}


def branding(mail_from: str, public_url: str, support: str | None = None, links: Links | None = None) -> Branding:
    """The branding from the settings; AddressError when `mail_from` is no address."""
    name, sender = parseaddr(mail_from)
    return Branding(address(sender, name or PRODUCT), public_url.rstrip("/"), support, links or Links())

"""The branding that all mails share: the sender, the address of the pages, and the address for replies."""

from __future__ import annotations

from dataclasses import dataclass
from email.headerregistry import Address
from email.utils import parseaddr

PRODUCT = "Headcount"


class UnusableAddressError(ValueError):
    """No mail can be sent to, or from, this address."""


def address(text: str, display_name: str = "") -> Address:
    """A mail address that is safe in a header; UnusableAddressError when the text is no such address.

    A domain with letters beyond ASCII is encoded with IDNA. A local part with such letters is unusable: it needs
    SMTPUTF8 on every mail server on the way, which nobody can promise.
    """
    local, _, domain = text.strip().rpartition("@")
    try:
        domain.encode("ascii")
    except UnicodeEncodeError:
        try:
            domain = domain.encode("idna").decode()
        except UnicodeError as error:
            raise UnusableAddressError("not a domain") from error
    try:
        made = Address(display_name=display_name, addr_spec=f"{local}@{domain}")
        made.addr_spec.encode("ascii")
    except Exception as error:  # email's parser raises IndexError and the like for odd input
        raise UnusableAddressError("not a mail address") from error
    if not made.username or not made.domain or any(char.isspace() or ord(char) < 32 for char in made.addr_spec):  # noqa: PLR2004  control characters
        raise UnusableAddressError("not a mail address")
    return made


@dataclass(frozen=True, slots=True)
class Branding:
    """`public_url` has no slash at the end. `support` is the address for replies; None when nobody reads them."""

    sender: Address
    public_url: str
    support: str | None = None

    @property
    def domain(self) -> str:
        """The sender's domain: the right-hand side of every Message-ID."""
        return self.sender.domain

    def page(self, path: str) -> str:
        """The full address of one of our pages."""
        return f"{self.public_url}{path}"


def branding(mail_from: str, public_url: str, support: str | None = None) -> Branding:
    """The branding from the settings; UnusableAddressError when `mail_from` is no address."""
    name, sender = parseaddr(mail_from)
    return Branding(address(sender, name or PRODUCT), public_url.rstrip("/"), support)

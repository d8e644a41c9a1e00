"""The sender, the pages that mails lead to, and whom to ask: what all mails have in common."""

from __future__ import annotations

from dataclasses import dataclass
from email.headerregistry import Address
from email.utils import parseaddr

PRODUCT = "Headcount"


class UnusableAddressError(ValueError):
    """No mail can be sent to (or from) this address."""


def address(text: str, display_name: str = "") -> Address:
    """A mail address that is safe in a header; UnusableAddressError when it is none.

    A domain with letters beyond ASCII is written as DNS knows it. Such a local part needs a mail server that knows
    SMTPUTF8 all the way, which nobody can promise: it is refused.
    """
    local, _, domain = text.strip().rpartition("@")
    try:
        domain.encode("ascii")
    except UnicodeEncodeError:
        try:
            domain = domain.encode("idna").decode()
        except UnicodeError as wrong:
            raise UnusableAddressError("the domain is none") from wrong
    try:
        made = Address(display_name=display_name, addr_spec=f"{local}@{domain}")
        made.addr_spec.encode("ascii")
    except Exception as wrong:  # email's parser answers odd input with IndexError and the like
        raise UnusableAddressError("not a mail address") from wrong
    if not made.username or not made.domain or any(char.isspace() or ord(char) < 32 for char in made.addr_spec):  # noqa: PLR2004  control characters
        raise UnusableAddressError("not a mail address")
    return made


@dataclass(frozen=True, slots=True)
class Branding:
    """`public_url` without a slash at the end; `support` is where people may write, if anybody reads it."""

    sender: Address
    public_url: str
    support: str | None = None

    @property
    def domain(self) -> str:
        """The right-hand side of every Message-ID."""
        return self.sender.domain

    def page(self, path: str) -> str:
        """The full address of one of our pages."""
        return f"{self.public_url}{path}"


def branding(mail_from: str, public_url: str, support: str | None = None) -> Branding:
    """From the settings; UnusableAddressError when `mail_from` is no address."""
    name, sender = parseaddr(mail_from)
    return Branding(address(sender, name or PRODUCT), public_url.rstrip("/"), support)

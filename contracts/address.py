"""Email addresses and mail domains in the one form that is stored, compared and mailed to.

Every address enters the system through `parse_address`: over HTTP, from a form, on the bus and from the operator's
commands. The parsed text is the key of the person and the recipient of the mail, so that the two never differ. A second
reading elsewhere would let one mailbox be several people.

The form is ASCII: a dot-atom (RFC 5322, 3.2.3) in lower case, and the domain's A-labels by IDNA 2008 (RFC 5891). IDNA's
compatibility mappings are not applied: ß stays ß, and full-width letters are rejected.
"""

from __future__ import annotations

import re
import unicodedata
from functools import lru_cache
from typing import Annotated

import idna
from pydantic import AfterValidator, Field

from contracts.personal import ERASED_NAME, Personal, is_erased

LOCAL_MAX = 64
DOMAIN_MAX = 253
ADDRESS_MAX = 254
"""SMTP's own limits in characters (RFC 5321, 4.5.3.1)."""

_ATOM = r"[A-Za-z0-9!#$%&'*+/=?^_`{|}~-]+"
_LOCAL = re.compile(rf"{_ATOM}(\.{_ATOM})*")
_TOP = re.compile(r"\.[a-z][a-z0-9-]+$")
"""At least two labels, and the last one is a name, so that the domain is no bare host and no IP address."""
_A_LABEL = "xn--"
_NO_DOMAIN = "must have a whole email domain, like clinic.example"
_BLANKS = " \t\r\n"

_DOMAIN = r"((?=[A-Za-z0-9-]{1,63}\.)[A-Za-z0-9](-?[A-Za-z0-9])*\.)+[A-Za-z]{2,63}"
ADDRESS_PATTERN = rf"^{_ATOM}(\.{_ATOM})*@{_DOMAIN}$"
"""For programs that describe the ASCII form. `parse_address` decides."""
DOMAIN_PATTERN = rf"^{_DOMAIN}$"
"""For programs that describe the ASCII form. `parse_domain` decides."""


class AddressError(ValueError):
    """The text is no address that mail can be sent to; the message says which part is wrong, for a person."""


@lru_cache(maxsize=4096)
def parse_address(text: str) -> str:
    """The stored form of an address, with blanks around it taken off. AddressError if it is no usable address."""
    local, at, domain = text.strip(_BLANKS).rpartition("@")
    if not at:
        raise AddressError("must be a whole email address, like noor@clinic.example")
    if not local or len(local) > LOCAL_MAX or not _LOCAL.fullmatch(local):
        raise AddressError(
            f"must have at most {LOCAL_MAX} plain letters, digits, single dots and signs like + - _ before the @"
        )
    address = f"{local.lower()}@{parse_domain(domain)}"
    if len(address) > ADDRESS_MAX:
        raise AddressError(f"must have at most {ADDRESS_MAX} characters")
    return address


@lru_cache(maxsize=4096)
def parse_domain(text: str) -> str:
    """The stored form of a mail domain, with blanks around it taken off. AddressError if it is no usable domain."""
    name = unicodedata.normalize("NFC", text.strip(_BLANKS))
    name = unicodedata.normalize("NFC", name.lower())
    try:
        domain = idna.encode(name, strict=True).decode("ascii")
    except (idna.IDNAError, UnicodeError) as invalid:
        raise AddressError(_NO_DOMAIN) from invalid
    if len(domain) > DOMAIN_MAX or not _TOP.search(domain):
        raise AddressError(_NO_DOMAIN)
    return domain


@lru_cache(maxsize=4096)
def shown_domain(domain: str) -> str:
    """A stored domain as people read it: Unicode instead of A-labels."""
    return idna.decode(domain) if _A_LABEL in domain else domain


def shown_address(address: str) -> str:
    """A stored address as people read it: Unicode instead of A-labels, and no address of an erased person."""
    if is_erased(address):
        return ERASED_NAME.lower()
    if _A_LABEL not in address:
        return address
    local, _, domain = address.rpartition("@")
    return f"{local}@{shown_domain(domain)}"


EmailAddress = Annotated[str, Field(max_length=1000), AfterValidator(parse_address), Personal.ADDRESS]
"""A field with an address in its stored form. Other spellings are brought into it, and unusable ones are rejected."""
MailDomain = Annotated[str, Field(max_length=1000), AfterValidator(parse_domain)]
"""A field with a mail domain in its stored form."""

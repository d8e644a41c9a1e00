"""The mailbox of the local world: maildev takes mail by SMTP, shows it on a page, and answers `GET /email`."""

from deploy.local.mailbox.server import MailboxServer

__all__ = ["MailboxServer"]

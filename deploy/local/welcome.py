"""Prints what a person reads after the start: the addresses, and how to try the system in three steps."""

from rich.console import Console
from rich.table import Table

from deploy.local.seed import ADMIN_EMAIL, DOMAIN


def print_welcome(console: Console, endpoints: dict[str, str], *, stripe_is_real: bool) -> None:
    """Print the addresses and the three steps."""
    table = Table(title="\nheadcount is running", title_justify="left", box=None, show_header=False)
    gateway = endpoints["gateway"]
    table.add_row("Admin UI", gateway, f"sign in as {ADMIN_EMAIL}")
    table.add_row("Mailbox", endpoints["mailbox"], "every mail, with its codes and links")
    table.add_row("Mails", endpoints["mails"], "each kind of mail, with sample data")
    if stripe_is_real:
        table.add_row("Stripe", endpoints["stripe"], "the real one")
    else:
        table.add_row("Stripe's stand-in", endpoints["stripe"], "its dashboard: customers, invoices, requests")
    table.add_row("API docs", f"{gateway}/docs", f"{gateway}/openapi.json")
    console.print(table)
    console.print(
        f"""
Try it:
  1. Be the admin of the demo agency: {endpoints["mails"]}/admin
  2. Beside it, log a clinician in, and watch the row: {endpoints["mails"]}/clinicians
     A Base seat is free, so a clinician who picked Base becomes Active. Voice is full, so a clinician who picked Voice
     becomes Blocked, and the admin gets a mail. With Auto-Add on (see Settings), a seat is bought at Stripe instead.
  3. Or be a clinician yourself, in a private window: {gateway}/signup, as anyone@{DOMAIN}.

For programs: .local/endpoints.json has these addresses, and the admin's API key.

Ctrl-C ends everything. What you did stays for the next `make dev`; `make clean` forgets it.""",
        highlight=False,
    )

"""What a person reads when everything runs: where it is, and how to try it in three steps."""

from rich.console import Console
from rich.table import Table

from deploy.local.seed import ADMIN_EMAIL, DOMAIN


def say_welcome(console: Console, endpoints: dict[str, str], *, stripe_is_real: bool) -> None:
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
  1. Sign up at {gateway}/signup as anyone@{DOMAIN}, and pick a seat type.
  2. Ask for a code, and read it in the mailbox: {endpoints["mailbox"]}
  3. Enter it. The first login takes a free seat. When none is left, you are Blocked and the admin gets a mail;
     with Auto-Add switched on under Settings, a seat is bought at Stripe instead.

For programs: .local/endpoints.json has these addresses, and the admin's API key.

Ctrl-C ends everything. What you did stays for the next `make dev`; `make clean` forgets it.""",
        highlight=False,
    )

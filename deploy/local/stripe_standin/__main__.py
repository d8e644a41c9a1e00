"""`python -m deploy.local.stripe_standin`: the Stripe stand-in as a process of its own."""

import argparse
from pathlib import Path

import uvicorn

from deploy.local.stripe_standin.app import LIVE_REQUESTS_PER_SECOND, create_app

_ABOUT = """\
A Stripe that runs on this machine. It keeps customers, cards, prices with volume tiers, subscriptions and invoices,
prorates to the second, declines test cards, remembers idempotency keys and sends signed webhooks.

Point the official SDK at it:  StripeClient("sk_test_any", base_addresses={"api": "http://127.0.0.1:8420"})
See what it holds, and edit:    http://127.0.0.1:8420/
Make things go wrong:          POST /_control/faults {"kind": "decline"}   (slow, drop_answer, error, rate_limit, ...)
Move its clock a month:        POST /_control/clock {"advanceSeconds": 2678400}
See every request it had:      GET /_control/requests
"""


def main() -> None:
    """Read the command line and serve until stopped."""
    parser = argparse.ArgumentParser(
        prog="python -m deploy.local.stripe_standin",
        description=_ABOUT,
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    parser.add_argument("--host", default="127.0.0.1", help="the address to listen at (default: %(default)s)")
    parser.add_argument("--port", type=int, default=8420, help="the port to listen at (default: %(default)s)")
    parser.add_argument("--state-file", type=Path, help="where it keeps what it holds (default: it forgets at exit)")
    parser.add_argument("--webhook-url", help="where it posts its events (default: nowhere)")
    parser.add_argument(
        "--webhook-secret", default="whsec_standin", help="the secret that signs them (default: %(default)s)"
    )
    parser.add_argument("--public-url", help="the address that browsers reach its pages at (default: as it is asked)")
    parser.add_argument(
        "--requests-per-second",
        type=float,
        default=LIVE_REQUESTS_PER_SECOND,
        help="more than these are answered 429, 0 for no limit (default: %(default)s, as Stripe's live mode)",
    )
    given = parser.parse_args()
    app = create_app(
        given.state_file,
        given.webhook_url,
        given.webhook_secret,
        public_url=given.public_url,
        requests_per_second=given.requests_per_second or None,
    )
    uvicorn.run(app, host=given.host, port=given.port, log_level="warning", access_log=False, timeout_keep_alive=75)


if __name__ == "__main__":
    main()

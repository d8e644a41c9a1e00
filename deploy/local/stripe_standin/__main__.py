"""`python -m deploy.local.stripe_standin`: the Stripe stand-in as a process of its own."""

import argparse
from pathlib import Path

import uvicorn

from deploy.local.stripe_standin.app import LIVE_REQUESTS_PER_SECOND, create_app

_ABOUT = """\
A Stripe that runs on this machine. It keeps customers, cards, prices with volume tiers, subscriptions and invoices,
prorates to the second, declines test cards, remembers idempotency keys and sends signed webhooks.

Point the official SDK at it:  StripeClient("sk_test_any", base_addresses={"api": "http://127.0.0.1:8420"})
See its state, and edit it:    http://127.0.0.1:8420/
Make things go wrong:          POST /_control/faults {"kind": "decline"}   (slow, drop_answer, error, rate_limit, ...)
Move its clock a month:        POST /_control/clock {"advanceSeconds": 2678400}
List the requests it got:      GET /_control/requests
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
    parser.add_argument("--state-file", type=Path, help="the file that keeps its state (default: none)")
    parser.add_argument("--webhook-url", help="the address that gets its events (default: none)")
    parser.add_argument(
        "--webhook-secret", default="whsec_standin", help="the secret that signs them (default: %(default)s)"
    )
    parser.add_argument("--public-url", help="the address of its pages (default: that of the last request)")
    parser.add_argument(
        "--requests-per-second",
        type=float,
        default=LIVE_REQUESTS_PER_SECOND,
        help="requests above this rate get a 429; 0 for no limit (default: %(default)s, as Stripe's live mode)",
    )
    options = parser.parse_args()
    app = create_app(
        options.state_file,
        options.webhook_url,
        options.webhook_secret,
        public_url=options.public_url,
        requests_per_second=options.requests_per_second or None,
    )
    uvicorn.run(app, host=options.host, port=options.port, log_level="warning", access_log=False, timeout_keep_alive=75)


if __name__ == "__main__":
    main()

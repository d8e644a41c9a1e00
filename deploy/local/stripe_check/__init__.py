"""Tries at a real account, in test mode, what no page of Stripe's says and the stand-in therefore assumes."""

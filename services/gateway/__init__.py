"""The gateway: HTTP becomes orders, facts become a read model; sign-in and the webhook door are its own."""

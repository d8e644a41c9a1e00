"""The gateway: HTTP becomes commands, events become a read model; sign-in and the webhook door are its own."""

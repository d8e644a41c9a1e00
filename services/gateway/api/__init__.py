"""The HTTP API under /api/v1: it parses requests, calls the application and writes responses. It decides no rule."""

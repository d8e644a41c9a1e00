"""The HTTP server of a process: its listeners with their bounds, and its probes. It knows no bus and no product."""

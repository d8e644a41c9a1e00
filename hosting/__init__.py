"""The process of a service: its settings, start and end, probes, jobs, and the healing of gaps."""

"""Where headcount runs: containers, Kubernetes, and one machine without either. Nothing that is shipped imports it."""

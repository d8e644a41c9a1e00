"""Deployments of headcount: containers, Kubernetes, and one machine without either. Shipped code never imports it."""

"""What Prometheus and Grafana need to watch headcount: alert rules, and a dashboard made from `panels.py`."""

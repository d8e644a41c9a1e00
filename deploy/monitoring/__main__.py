"""`python -m deploy.monitoring`: write the dashboard from its list of panels."""

from deploy.monitoring.dashboard import FILE, dashboard

FILE.write_text(dashboard())

"""The dashboard as Grafana imports it."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

from deploy.monitoring.panels import PANELS, Panel

FILE = Path(__file__).with_name("dashboard.json")
_SOURCE = {"type": "prometheus", "uid": "${datasource}"}
_WIDTH, _HEIGHT, _COLUMNS = 8, 7, 3


def dashboard() -> str:
    """The JSON of the dashboard; the data source is chosen in Grafana."""
    panels: list[dict[str, Any]] = []
    top = 0
    for title, row in PANELS.items():
        place = {"h": 1, "w": _WIDTH * _COLUMNS, "x": 0, "y": top}
        panels.append({"id": len(panels) + 1, "type": "row", "title": title, "gridPos": place, "panels": []})
        for index, panel in enumerate(row):
            down, column = divmod(index, _COLUMNS)
            place = {"h": _HEIGHT, "w": _WIDTH, "x": column * _WIDTH, "y": top + 1 + down * _HEIGHT}
            panels.append({"id": len(panels) + 1, "gridPos": place, **_graph(panel)})
        top += 1 + -(-len(row) // _COLUMNS) * _HEIGHT
    made = {
        "uid": "headcount",
        "title": "headcount",
        "schemaVersion": 39,
        "editable": True,
        "refresh": "30s",
        "time": {"from": "now-3h", "to": "now"},
        "templating": {"list": [{"name": "datasource", "type": "datasource", "query": "prometheus"}]},
        "panels": panels,
    }
    return json.dumps(made, indent=1) + "\n"


def _graph(panel: Panel) -> dict[str, Any]:
    return {
        "type": "timeseries",
        "title": panel.title,
        "datasource": _SOURCE,
        "fieldConfig": {"defaults": {"unit": panel.unit}, "overrides": []},
        "targets": [
            {"refId": chr(ord("A") + index), "datasource": _SOURCE, "expr": expression, "legendFormat": legend}
            for index, (legend, expression) in enumerate(panel.expressions.items())
        ],
    }

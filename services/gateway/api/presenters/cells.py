"""Cells that all spreadsheets write alike."""

from contracts.moments import machine as utc_cell

__all__ = ["utc_cell"]

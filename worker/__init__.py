"""Watchword: watches public channels for the words that matter and tells its recipients."""

__version__ = "0.1.0"

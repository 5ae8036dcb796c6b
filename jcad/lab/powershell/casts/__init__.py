"""The single conversions that convert.py chooses from."""

"""Preparing a domain: the ADI group, the service accounts, and delegation of control as values. Pure; no I/O."""

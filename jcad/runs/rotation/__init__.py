"""Rotations: a new password for a service account of the agents, and every agent that uses it brought back."""

from jcad.runs.account_pairs import with_accounts_in_use
from jcad.runs.rotation.run import RotationChoices, RotationRun

__all__ = ["RotationChoices", "RotationRun", "with_accounts_in_use"]

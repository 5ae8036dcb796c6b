"""Rotations: a new password for a service account of the agents, and every agent that uses it brought back."""

from jcad.runs.rotation.run import RotationChoices, RotationRun

__all__ = ["RotationChoices", "RotationRun"]

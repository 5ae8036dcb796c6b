"""Runs: settings and secrets become readers, sessions and a store; observe..record happen in order. Wires all rooms."""

from jcad.runs.connect import Connect
from jcad.runs.doctor import Step, StepStatus
from jcad.runs.export import export_plan
from jcad.runs.health import HealthFile
from jcad.runs.listener import Listener
from jcad.runs.loop import Stop, SyncLoop
from jcad.runs.metrics import Metrics, MetricsFile
from jcad.runs.prepare import PrepareChoices, PrepareRun
from jcad.runs.secrets import SecretSource
from jcad.runs.sync import Choices, SyncRun
from jcad.runs.workplace import Workplace

__all__ = [
    "Choices",
    "Connect",
    "HealthFile",
    "Listener",
    "Metrics",
    "MetricsFile",
    "PrepareChoices",
    "PrepareRun",
    "SecretSource",
    "Step",
    "StepStatus",
    "Stop",
    "SyncLoop",
    "SyncRun",
    "Workplace",
    "export_plan",
]

"""`jcad doctor ldaps`: whether each domain controller answers by LDAPS, with which certificate, and by which rules it does.

Logs in nowhere and changes nothing.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from datetime import datetime

from jcad.directory import Host, WireProtection
from jcad.directory.discovery import candidates
from jcad.directory.ldaps import CertificateRule, PresentedCertificate, judge, presented
from jcad.errors import ConnectionFailed
from jcad.runs.doctor import Step, StepStatus
from jcad.runs.workplace import Workplace

RULES = ("server authentication", "name", "expiry", "trust")


def ldaps_readiness(workplace: Workplace, now: datetime) -> Iterator[Step]:
    """The steps of each domain controller, those of the settings or all that DNS knows.

    Raises ConnectionFailed, SettingsError.
    """
    told = workplace.target()
    port = told.port if told.protection.tls else 0
    target = replace(told, protection=WireProtection.LDAPS, port=port)
    for host in candidates(target):
        try:
            shown = presented(host, target)
        except ConnectionFailed as error:
            yield Step(
                part=host.name, name="answers", status=StepStatus.FAILED, detail=error.message, remedy=error.hint or ""
            )
            for rule in RULES:
                yield Step(part=host.name, name=rule, status=StepStatus.NOT_CHECKED, detail="'answers' comes first")
            continue
        yield _answers(host, shown)
        yield from (_step(host, rule) for rule in judge(shown, now))


def _answers(host: Host, shown: PresentedCertificate) -> Step:
    subject = shown.certificate.subject.rfc4514_string() or "a certificate without a subject"
    detail = f"port {host.port}, {subject}, SHA-256 {shown.fingerprint}"
    return Step(part=host.name, name="answers", status=StepStatus.OK, detail=detail)


def _step(host: Host, rule: CertificateRule) -> Step:
    status = {True: StepStatus.OK, False: StepStatus.FAILED, None: StepStatus.NOT_CHECKED}[rule.holds]
    return Step(part=host.name, name=rule.name, status=status, detail=rule.detail, remedy=rule.remedy)

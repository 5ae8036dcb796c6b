"""How the sync account may log on to run scripts: off by default, since it is a decision (rules.md). Pure."""

from __future__ import annotations

from jcad.plan import Action, Change, FindingKind, ObjectRef, Target
from jcad.prepare.draft import ACCOUNT_WAVE, Draft

LOGON = "logon on domain controllers"
GROUP = "Remote Management Users"


def plan_logon(draft: Draft) -> None:
    """Put the sync account into the built-in group, or say what is to be done where jcad does not write."""
    wanted = next((one for one in draft.desired.accounts if one.role == "sync"), None)
    if wanted is None or wanted.sam.casefold() in draft.unusable:
        return
    match draft.desired.logon:
        case "domain-controllers":
            _on_domain_controllers(draft, wanted.sam)
        case "member-server":
            reason = (
                f"on {draft.desired.logon_server}, as an administrator of it: Add-LocalGroupMember -SID S-1-5-32-580 "
                f"-Member '{wanted.upn}'; it needs RSAT (Install-WindowsFeature RSAT-AD-PowerShell). Then set run_on, "
                "write_as and write_password in [remoting]"
            )
            draft.find(FindingKind.REPORTED, "logon", wanted.sam, "logon-by-hand", reason)
        case "jea":
            reason = (
                "on each domain controller, as an administrator of it: register the endpoint that `jcad script jea FOLDER "
                "--group GROUP` writes, without a run-as account, with this account in GROUP. Then set configuration in "
                "[remoting]"
            )
            draft.find(FindingKind.REPORTED, "logon", wanted.sam, "logon-by-hand", reason)
        case _:
            state = draft.actual.accounts.get(wanted.sam.casefold())
            if state is not None and state.may_log_on:
                reason = f"it is in {GROUP}, and logon in [prepare] is off: it is left there"
                draft.find(FindingKind.REPORTED, "logon", wanted.sam, "logon-not-wanted", reason)


def _on_domain_controllers(draft: Draft, sam: str) -> None:
    state = draft.actual.accounts.get(sam.casefold())
    if state is None and sam.casefold() not in draft.accounts:
        return
    warning = f"a member of {GROUP} may open a session on every domain controller of the domain"
    if state is not None and state.may_log_on:
        draft.find(FindingKind.REPORTED, "logon", sam, "logon-on-domain-controllers", warning)
        return
    made = draft.accounts.get(sam.casefold())
    draft.actions.append(
        Action(
            id="allow-logon:sync",
            kind="allow logon",
            target=Target.DIRECTORY,
            object=ObjectRef.guid(state.user.guid) if state else ObjectRef.created_by(made or ""),
            name=sam,
            wave=ACCOUNT_WAVE,
            executor="allow-logon",
            changes=(Change(LOGON, None, GROUP),),
            needs=(made,) if made else (),
            reason=f'logon = "domain-controllers" in [prepare]. Mind: {warning}',
        )
    )

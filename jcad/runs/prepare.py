"""One run of preparing a domain: observe, plan, guard, apply, verify, record; and undoing one."""

from __future__ import annotations

import contextlib
from collections.abc import Iterator
from dataclasses import dataclass, field, replace
from functools import cached_property
from typing import ClassVar

import structlog

from jcad.directory import DirectoryReader, SecurityReader
from jcad.directory.schema import read_schema
from jcad.errors import GuardStopped, StoreError
from jcad.model import Effect, ItemOutcome, RunRecord, Secret, Sid
from jcad.model.schema import SchemaMap
from jcad.plan import Action, Apply, Observer, Plan, Ready, Target, Verdict, read_plan
from jcad.prepare.desired import Desired, Grant
from jcad.prepare.permissions import entries_given
from jcad.prepare.plan import FEATURE, PrepareOptions, plan_preparation, words_of
from jcad.prepare.profiles import grants
from jcad.prepare.state import Actual
from jcad.prepare.undo import UNDO, plan_undo, touched_by
from jcad.prepare.wanted import desired
from jcad.prepare.words import Words
from jcad.runs.account_pairs import with_accounts_in_use
from jcad.runs.frame import RunFrame
from jcad.runs.logon import log_on
from jcad.runs.observe import further_attributes
from jcad.runs.prepare_readback import PrepareReadback
from jcad.runs.prepared import observe_prepared
from jcad.runs.scripts import ScriptExecutor
from jcad.runs.service_passwords import ConfirmExecutor, ServicePasswords, log_on_with
from jcad.runs.workplace import Workplace

_log = structlog.get_logger(__name__)


REMOVED_ENTRIES = 20
"""How many entries one run may remove, unless it is told another number."""


@dataclass(frozen=True, slots=True, kw_only=True)
class PrepareChoices:
    """What the command line says beside the settings. `accept` are privileged objects that may be controlled (or `all`)."""

    prune: bool = False
    accept: frozenset[str] = frozenset()
    removed_entries: int = REMOVED_ENTRIES
    new_passwords: frozenset[str] = frozenset()
    what_if: bool = False


@dataclass(kw_only=True)
class PrepareRun(RunFrame):
    """Preparing one domain, with one domain controller. Use it within `with PrepareRun.begin(...) as run`."""

    FEATURES: ClassVar[tuple[str, ...]] = (FEATURE, UNDO)
    COMMAND: ClassVar[str] = "prepare apply"

    choices: PrepareChoices
    _passwords: ServicePasswords = field(init=False)

    def __post_init__(self) -> None:
        self._passwords = ServicePasswords(self.workplace.secrets, rehearsal=self.choices.what_if)

    @classmethod
    @contextlib.contextmanager
    def begin(cls, workplace: Workplace, choices: PrepareChoices | None = None) -> Iterator[PrepareRun]:
        """Open the store, and log in to the domain; the accounts are those that the agents use. Nothing is written."""
        with workplace.open_store() as store, workplace.directory(store) as directory:
            _log.info("domain controller chosen", dc=directory.dc.name)
            store.serves(str(directory.dc.domain_sid))
            now = replace(workplace, settings=with_accounts_in_use(workplace.settings, store.installations()))
            yield cls(workplace=now, store=store, directory=directory, choices=choices or PrepareChoices())

    # ---- observe and plan --------------------------------------------------------------------------------------------

    @cached_property
    def desired(self) -> Desired:
        """What the settings want. Raises SettingsError, GuardStopped."""
        return desired(
            self.workplace.settings, self.directory.dc.naming_context, self.workplace.container, self._grants
        )

    def _grants(self, role: str, profile: str, options: tuple[str, ...]) -> tuple[Grant, ...]:
        """The grants of a profile; those of the sync cover what the mapping writes."""
        written = further_attributes(self.workplace.settings) if role == "sync" else ()
        return grants(role, profile, options, self._schema, written)

    @cached_property
    def actual(self) -> Actual:
        """What there is now. Raises what reading raises."""
        told = self.workplace.settings.prepare
        kept = {
            one.name.casefold(): self._passwords.kept(one.password)
            for one in (told.import_, told.sync)
            if one is not None
        }
        return observe_prepared(self.directory, self.desired, kept, self._schema)

    @cached_property
    def words(self) -> Words:
        """Names for what entries hold."""
        return words_of(self.desired, self.actual)

    def entries(self, ready: Ready, raw: bytes) -> frozenset[str]:
        """Which entries of an action a descriptor gives now."""
        found = self.directory.by_guid(ready.created.values())
        sids = {action: found[guid].sid for action, guid in ready.created.items() if guid in found}
        return entries_given(ready.action, raw, sids, self._schema)

    @cached_property
    def _schema(self) -> SchemaMap:
        return read_schema(self.directory)

    def plan(self) -> Plan:
        """Make the plan as of now."""
        options = PrepareOptions(prune=self.choices.prune, new_passwords=self.choices.new_passwords)
        return plan_preparation(self.desired, self.actual, options)

    def undo_plan(self, run: str | None) -> Plan:
        """What takes a run's changes of permissions back; the newest run's without an id. Raises StoreError, PlanError."""
        record = self._run_to_undo(run)
        done = read_plan(record.plan, source=f"run {record.id}")
        self._require_same(done.made_for)
        security = SecurityReader(self.directory)
        touched = [
            replace(one, now=security.object(one.guid)) for one in touched_by(done, record, self._created_sids(record))
        ]
        words = self.words
        rules = {rule for one in touched for rule in one.added | one.removed}
        return plan_undo(
            replace(done.made_for, dc=self.directory.dc.name),
            record,
            done,
            touched,
            {rule: words.rule(rule) for rule in rules},
        )

    def _run_to_undo(self, run: str | None) -> RunRecord:
        journal = self.store.journal()
        if run is None:
            found = next((one.id for one in journal.runs(1000) if one.feature == FEATURE), None)
            if found is None:
                raise StoreError("No run has prepared this domain from here.", hint="`jcad history` lists the runs.")
            return journal.load(found)
        record = journal.load(run)
        if record.feature not in {FEATURE, UNDO}:
            raise StoreError(
                f"Run {run} was one of {record.feature}, which changes no permissions.",
                hint="`jcad history` lists the runs.",
            )
        return record

    def _created_sids(self, record: RunRecord) -> dict[str, Sid]:
        """The SIDs of what a run created, by the action's id."""
        guids = {
            step.action: step.outcome.guid
            for step in record.steps.values()
            if step.outcome is not None and step.outcome.guid is not None
        }
        found = self.directory.by_guid(guids.values())
        return {action: found[guid].sid for action, guid in guids.items() if guid in found}

    # ---- guard -------------------------------------------------------------------------------------------------------

    def guard(self, plan: Plan) -> None:
        """Stop before anything is written. Raises GuardStopped."""
        homeless = [one.name for one in plan.findings if one.rule == "no-place-for-password"]
        if homeless:
            raise GuardStopped(
                f"There is no place to keep the generated password of {', '.join(homeless)}. Nothing was written.",
                hint='Set `password` of the account in jcad.toml to a reference that can be written: "vault:NAME" or '
                '"keyring:SERVICE/USER".',
            )
        self.guard_privileged(plan)
        removed = sum(
            change.new is None
            for action in plan.actions
            if "removed-entries" in action.guards
            for change in action.changes
        )
        if removed > self.choices.removed_entries:
            raise GuardStopped(
                f"The plan would remove {removed} entries of permissions, the limit is {self.choices.removed_entries}. "
                "Nothing was written.",
                hint=f"If that is what you want, run it again with --allow removed-entries={removed}.",
            )

    def guard_privileged(self, plan: Plan) -> None:
        """Stop where privileged objects would come under control that were not accepted. Raises GuardStopped."""
        require_accepted(plan, self.choices.accept)

    # ---- apply -------------------------------------------------------------------------------------------------------

    @contextlib.contextmanager
    def _carrying_out(self, plan: Plan, observer: Observer | None) -> Iterator[Apply]:
        scripts = ScriptExecutor(
            lambda: self.workplace.session(self.store, self.directory.dc),
            self.directory.dc.name,
            workers=1,
            what_if=self.choices.what_if,
            secret_of=self._passwords.for_action,
        )
        confirm = ConfirmExecutor(self._passwords, log_on_with(self.log_on), what_if=self.choices.what_if)
        try:
            yield Apply(
                plan=plan,
                executors={Target.DIRECTORY: scripts, Target.STORE: confirm},
                verifier=PrepareReadback(self.directory, self.entries),
                journal=self.store.journal(),
                effects=_no_effects,
                observer=observer,
            )
        finally:
            scripts.close()

    def log_on(self, account: str, secret: Secret) -> DirectoryReader:
        """Log an account on to the domain controller that was written. A refusal is remembered."""
        return log_on(self.workplace, self.store, self.directory.dc.name, account, secret)


def require_accepted(plan: Plan, accept: frozenset[str]) -> None:
    """Stop where privileged objects would come under control that were not accepted (or `all`). Raises GuardStopped."""
    told = {name.casefold() for name in accept}
    names = sorted({one.name for one in plan.findings if one.rule == "controls-privileged"})
    left = [name for name in names if "all" not in told and name.casefold() not in told]
    if left and any(action.kind == "update permissions" for action in plan.actions):
        flags = " ".join(f'--accept "{name}"' for name in left)
        raise GuardStopped(
            f"{len(left)} privileged objects in the container would come under the service accounts' control: "
            f"{', '.join(left)}. Nothing was written.",
            hint=f"Sync into an OU of its own instead; or, if that is what you want, run it again with {flags}.",
        )


def _no_effects(_action: Action, _outcome: ItemOutcome, _verdict: Verdict) -> tuple[Effect, ...]:
    """Nothing is remembered of a prepared domain: it is read anew each time."""
    return ()

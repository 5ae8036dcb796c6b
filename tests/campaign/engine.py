"""The engine: lets one scenario happen on the stage, lets jcad go on, and says what is wrong afterwards."""

from __future__ import annotations

import json
import os
import shutil
import subprocess
import sys
import time
from collections import Counter
from dataclasses import dataclass, field
from pathlib import Path

from checks import leaks, seen_of, twice, untrue
from hooks import at_batch, passwords_to, quick_lease
from labsite import Answer
from scenarios import SCRIPTS, Scenario
from smallseed import PENDING
from stage import Stage

import jcad

ROOT = Path(jcad.__file__).parent.parent
CHILD = Path(__file__).with_name("child.py")
CALLS = 5
"""So often jcad may be called again until all is done."""

KILLED = -9
WIRE = {
    "drop-request": ("endpoint.drop_request", None, 1),
    "drop-bytes": ("endpoint.drop_after_bytes", 300, 1),
    "drop-records": ("endpoint.drop_after_records", None, 1),
    "delay": ("endpoint.delay", 0.3, 3),
    "garbage": ("endpoint.garbage", None, 1),
    "status": ("endpoint.status", 502, 1),
    "refuse-login": ("endpoint.refuse_authentication", None, 2),
    "quota": ("endpoint.quota", None, 1),
}


@dataclass
class Engine:
    """Runs scenarios on a stage. `calm` is what an undisturbed run writes, `steps` how many steps it has."""

    stage: Stage
    calm: dict[str, Counter[int]] = field(init=False)
    steps: Counter[str] = field(init=False)
    texts: dict[str, str] = field(default_factory=dict, init=False)
    wrong: list[str] = field(default_factory=list, init=False)

    def __post_init__(self) -> None:
        answer = self._end(self._start())
        assert answer.code == 0, answer.err + answer.out
        assert self.stage.done() == PENDING, PENDING - self.stage.done()
        self.calm = self.stage.writes()
        self.steps = Counter(json.loads(self._report.read_text("utf-8")))

    @property
    def _report(self) -> Path:
        return self.stage.passwords.with_name("steps.json")

    def run(self, scenario: Scenario) -> list[str]:
        """Let it happen, let jcad go on until all is done; what is wrong, empty when nothing is."""
        self.stage.reset()
        self.texts, self.wrong = {}, []
        getattr(self, "_" + FAULTS[scenario.fault])(scenario)
        self._converge()
        self._judge()
        return self.wrong

    # ---- what may happen ---------------------------------------------------------------------------------------------

    def _kill(self, scenario: Scenario, clock: float = 0) -> None:
        _, when, what = scenario.fault.split("-")
        step = scenario.step(self.steps[what])
        answer = self._end(self._start(kill=[what, when, step], clock=clock))
        self._let_it_run_out()
        if answer.code != KILLED:
            self.wrong.append(f"it was not killed at {what} {step}, and ended with {answer.code}: {answer.err}")

    def _let_it_run_out(self) -> None:
        """Wait until the host has ended what the killed run had sent: the lease's ten seconds, made short, would have."""
        writes = None
        while writes != (writes := self.stage.writes()):
            time.sleep(0.6)

    def _wire(self, scenario: Scenario) -> None:
        name, value, times = WIRE[scenario.fault]
        faults = self.stage.lab.faults

        def arm() -> None:
            if scenario.fault in {
                "refuse-login",
                "quota",
            }:  # they happen to a session that is opened: let this one break
                faults.set("endpoint.drop_request")
            logons = {"quota": 1, "refuse-login": 2}  # so many there are at least once the line is broken
            faults.set(name, value, at=min(scenario.at, logons.get(scenario.fault, scenario.at)), times=times)

        if scenario.fault in {"refuse-login", "quota"}:  # no second session that is open may step in
            self.stage.site.edit("[remoting]", "[remoting]\nworkers = 1")
        before = faults.taken(name)
        with at_batch(scenario.kind, arm):
            self._call("--yes")
        if faults.taken(name) == before:
            self.wrong.append("the fault never happened")
        faults.clear()

    def _stop(self, scenario: Scenario) -> None:
        host = self.stage.lab.dc(1)
        if scenario.fault == "dc-stops-at-link":
            with at_batch("link", host.stop):
                self._call("--yes")
        else:
            kind = SCRIPTS[scenario.at % len(SCRIPTS)]
            with at_batch(kind, lambda: self.stage.lab.faults.set("endpoint.stop_after_records")):
                self._call("--yes")
            host.stop()
        host.start()

    def _clock(self, scenario: Scenario) -> None:
        """The clock is wrong while the run is killed, and right again (set back, or forward) when it is continued."""
        wrong = 3600 if scenario.fault == "clock-ahead" else -3600
        self._kill(Scenario("kill-after-batch", at=scenario.at), clock=wrong)

    def _full(self, scenario: Scenario) -> None:
        small = self.stage.lab.folder / "small"
        small.mkdir(exist_ok=True)
        size = self.stage.backup.stat().st_size + 4096 * (12 + scenario.at)
        subprocess.run(["mount", "-t", "tmpfs", "-o", f"size={size}", "tmpfs", str(small)], check=True)
        try:
            shutil.copy(self.stage.backup, small / "state.db")
            self.stage.site.edit(str(self.stage.store), str(small / "state.db"))
            self.stage.store_now = small / "state.db"
            self._call("--yes")
            subprocess.run(["mount", "-o", "remount,size=50m", str(small)], check=True)
            self._converge()
            self.stage.site.edit(str(small / "state.db"), str(self.stage.store))
            for path in self.stage.store.parent.glob("state.db*"):
                path.unlink()
            for path in small.glob("state.db*"):
                shutil.copy(path, self.stage.store.parent)
            self.stage.store_now = self.stage.store
        finally:
            subprocess.run(["umount", str(small)], check=True)

    def _two(self, _: Scenario) -> None:
        both = [self._start(quick=False), self._start(quick=False)]
        codes = sorted(self._end(one).code for one in both)
        if codes[0] != 0:
            self.wrong.append(f"of two runs at once neither came to its end: {codes}")

    def _backup(self, scenario: Scenario) -> None:
        """The store of the morning comes back, after a whole run, or after one that was killed."""
        if scenario.fault == "backup":
            self._call("--yes")
        else:
            self._kill(Scenario("kill-after-batch", at=scenario.at))
        self.stage.restore_store()

    # ---- jcad --------------------------------------------------------------------------------------------------------

    def _start(
        self, *, kill: list[object] | None = None, clock: float = 0, quick: bool = True
    ) -> subprocess.Popen[str]:
        told = {"kill": kill, "clock": clock, "quick": quick, "passwords": str(self.stage.passwords)}
        told["report"] = str(self._report)
        command = [sys.executable, str(CHILD), json.dumps(told), "--config", str(self.stage.site.settings)]
        return subprocess.Popen(
            [*command, "sync", "apply", "--yes", "--json"],
            stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True, cwd=self.stage.lab.folder,
            env={"PATH": os.environ["PATH"], "HOME": str(self.stage.lab.folder), "PYTHONPATH": str(ROOT)},
        )  # fmt: skip

    def _end(self, process: subprocess.Popen[str]) -> Answer:
        while process.poll() is None:
            self.texts |= seen_of(process.pid)
            time.sleep(0.05)
        out, err = process.communicate()
        return self._took(Answer(process.returncode, out, err))

    def _call(self, *arguments: str) -> Answer:
        """Call jcad here, where a scenario can look into it."""
        with passwords_to(self.stage.passwords), quick_lease():
            answer = self.stage.site.jcad("sync", "apply", "--json", *arguments)
        return self._took(answer)

    def _took(self, answer: Answer) -> Answer:
        """Keep what was said, to look for secrets in it, and hold a report against the domain."""
        self.texts[f"what call {len(self.texts)} printed"] = answer.out + answer.err
        if "Traceback" in answer.err:
            self.wrong.append(f"a traceback: {answer.err[-600:]}")
        if answer.out.startswith("{") and "results" in answer.document and self.stage.lab.dc(1).running:
            self.wrong += untrue(answer.document, self.stage)
        return answer

    def _converge(self) -> None:
        """Do what the messages say, until nothing is pending."""
        said = ""
        for _ in range(CALLS):
            plan = self.stage.site.jcad("sync", "plan")
            unfinished = "--resume" in plan.err
            if plan.code == 0 and not unfinished:
                return
            retry = ["--retry-auth"] if "not tried again" in said else []
            said = self._call("--resume" if unfinished else "--yes", *retry).err
        self.wrong.append(f"it does not come to its end: {said[-800:]}")

    def _judge(self) -> None:
        stage = self.stage
        self.wrong += [f"lost: {kind} {name}" for kind, name in sorted(PENDING - stage.done())]
        self.wrong += twice(stage.writes(), self.calm)
        self.wrong += leaks(self.texts, stage)
        plan = stage.site.jcad("sync", "plan", "--json")
        if plan.code != 0 or plan.document["actions"]:
            self.wrong.append(f"something is pending still: {plan.out[:600]}{plan.err}")


FAULTS = {
    **dict.fromkeys(
        ("kill-before-write", "kill-within-write", "kill-after-write", "kill-before-batch", "kill-after-batch"), "kill"
    ),
    **dict.fromkeys(WIRE, "wire"),
    **dict.fromkeys(("dc-stops", "dc-stops-at-link"), "stop"),
    **dict.fromkeys(("clock-ahead", "clock-back"), "clock"),
    "disk-full": "full",
    "two-runs": "two",
    **dict.fromkeys(("backup", "backup-killed"), "backup"),
}
"""By which method each fault is made to happen."""

"""Plans and runs of the lab's seed for the tests of reports, and a reader of the page that knows nothing of its template."""

from __future__ import annotations

from html.parser import HTMLParser
from uuid import NAMESPACE_DNS, uuid5

from sides import a_sync, seeded_cloud, seeded_directory

from jcad.lab.seed import make_seed
from jcad.model import ItemError, ItemOutcome, RunRecord, RunStatus, Status, StepRecord, fold
from jcad.plan import Action, Change, Identity, ObjectRef, Plan, Result, Target, Verdict, canonical_json, digest

NEVER = {
    fold(name): f"{name} is a service account or a group of JumpCloud's own"
    for name in ("jcsync", "jcimport", "JumpCloud", "JumpCloud Admins")
}
MADE_FOR = Identity(organisation="o", instance="i", domain_sid="S-1-5-21-1-2-3", domain="DC=lab,DC=test", dc="dc1")


def seed_plan():
    seed = make_seed()
    return a_sync(seeded_cloud(seed), seeded_directory(seed, NEVER)).plan()


def seed_run(plan, left=9):
    """A run of a plan in which something of every sort went wrong, and that was stopped before its last actions."""
    results = [_result(number, action) for number, action in enumerate(plan.actions[: len(plan.actions) - left])]
    record = RunRecord(
        id="12",
        feature="sync",
        digest=digest(plan),
        plan=canonical_json(plan),
        status=RunStatus.FAILED,
        started_at="2026-11-24T07:30:01.123Z",
        finished_at="2026-11-24T07:30:19.001Z",
        operator="anna",
        steps={
            one.action.id: StepRecord(action=one.action.id, outcome=one.outcome, verdict=one.verdict.value)
            for one in results
        },
    )
    return results, record


def _result(number, action):
    status, verdict, more, seen = Status.CHANGED, Verdict.AS_PLANNED, {}, {}
    if action.kind == "create user" and number % 17 == 3:
        error = ItemError(
            id="ActiveDirectoryServer:1325", code=1325, message="Refused <b>.", hint="Look at the policy."
        )
        status, verdict, more = Status.FAILED, Verdict.NOT_READ, {"done": ("create",), "error": error}
    elif action.verb == "update":
        verdict, seen = Verdict.DIFFERENT, {action.changes[0].attribute: "Something else"}
    elif action.member is not None and number % 29 == 0:
        status, verdict, more = Status.CONFLICT, Verdict.NOT_READ, {"reason": "the member: adminCount is 1"}
    outcome = ItemOutcome(id=action.id, status=status, **more)
    return Result(action=action, outcome=outcome, verdict=verdict, seen=seen)


def create(number, name, *, reason="because", value="v", path="OU=x,DC=lab,DC=test"):
    identity = f"create-user:{number}"
    return Action(
        id=identity,
        kind="create user",
        target=Target.DIRECTORY,
        object=ObjectRef.created_by(identity),
        name=name,
        wave=1,
        executor="create-user",
        changes=(Change("mail", None, value), Change("password", None, "set")),
        item={
            "sam": name, "upn": value, "name": name, "path": path, "enabled": True, "attributes": {"description": value},
        },
        secret="generate:random",
        reason=reason,
    )  # fmt: skip


def update(number, name, *, old="a", new="b", reason="another value"):
    return Action(
        id=f"set-attributes:{number}",
        kind="update user",
        target=Target.DIRECTORY,
        object=ObjectRef.guid(uuid5(NAMESPACE_DNS, str(number))),
        name=name,
        wave=2,
        executor="set-attributes",
        changes=(Change("description", old, new),),
        expected={"description": old},
        item={"set": {} if new is None else {"description": new}, "clear": ("description",) if new is None else ()},
        reason=reason,
    )


def member(number, name, group, holder=None, user=None):
    holder = holder or ObjectRef.guid(uuid5(NAMESPACE_DNS, ascii(group)))
    return Action(
        id=f"add-member:{number}",
        kind="add member",
        target=Target.DIRECTORY,
        object=holder,
        member=user or ObjectRef.guid(uuid5(NAMESPACE_DNS, f"m{number}")),
        name=name,
        wave=4,
        executor="add-members",
        changes=(Change("member", None, str(number)),),
        scope=group,
        item={"user": str(number)},
        reason="a member in JumpCloud",
    )


def plan_of(actions, findings=()):
    return Plan.make("sync", MADE_FOR, actions, findings, {})


class Page(HTMLParser):
    """A page as a browser's parser sees it: its tags with their attributes, its texts, and the texts of each class."""

    VOID = frozenset({"meta", "input", "link", "img", "br", "hr"})

    def __init__(self, text: str) -> None:
        super().__init__(convert_charrefs=True)
        self.tags: list[tuple[str, dict[str, str | None]]] = []
        self.by_class: dict[str, list[str]] = {}
        self.text = ""
        self.raw: dict[str, str] = {}
        self._open: list[tuple[str, list[str]]] = []
        self.feed(text)
        self.close()
        assert not self._open, "a tag is not closed"

    def handle_starttag(self, tag, attrs):
        self.tags.append((tag, dict(attrs)))
        if tag in self.VOID:
            return
        classes = (dict(attrs).get("class") or "").split()
        for name in classes:
            self.by_class.setdefault(name, []).append("")
        self._open.append((tag, classes))

    def handle_endtag(self, tag):
        assert self._open, f"</{tag}> closes nothing"
        assert self._open[-1][0] == tag, f"</{tag}> within <{self._open[-1][0]}>"
        self._open.pop()

    def handle_data(self, data):
        tag = self._open[-1][0] if self._open else ""
        if tag in {"script", "style"}:
            self.raw[tag] = self.raw.get(tag, "") + data
            return
        self.text += data
        for _, classes in self._open:
            for name in classes:
                self.by_class[name][-1] += data

    def handle_comment(self, data):
        raise AssertionError(f"a comment: {data}")

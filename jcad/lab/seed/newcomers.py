"""People whom the domain does not have: those who are created, and those whose names Windows refuses.

Pure values; no I/O.
"""

from __future__ import annotations

from jcad.lab.seed.cases import PersonCase
from jcad.lab.seed.values import Outcome

_CROWD = """
aisha.khan Aisha Khan|bram.devries Bram de Vries|chloe.dubois Chloé Dubois|dmitri.volkov Дмитрий Волков
elena.rossi Elena Rossi|fatima.zahra Fatima Zahra|georg.huber Georg Huber|hana.sato 花 佐藤|ivan.petrov Ivan Petrov
julia.weiss Julia Weiß|kofi.mensah Kofi Mensah|lars.andersen Lars Andersen|mei.chen 美 陈|nadia.haddad Nadia Haddad
oscar.lindqvist Oscar Lindqvist|priya.nair Priya Nair|quentin.moreau Quentin Moreau|rosa.silva Rosa Silva
sven.johansson Sven Johansson|tariq.aziz Tariq Aziz|ulla.berg Ulla Berg|victor.hugo Victor Hugo|wanda.nowak Wanda Nowak
xiao.li 晓 李|yusuf.demir Yusuf Demir|zofia.wozniak Zofia Woźniak|adam.smith Adam Smith|beth.jones Beth Jones
carl.brown Carl Brown|dora.white Dora White|emil.green Emil Green|fay.black Fay Black|gus.gray Gus Gray
hal.king Hal King|ida.queen Ida Queen|jan.kowalski Jan Kowalski|kim.minjun 민준 김|leo.santos Leo Santos
mia.larsen Mia Larsen|noa.cohen נועה כהן|otto.schulz Otto Schulz|pia.conti Pia Conti|rui.costa Rui Costa
sara.ali سارة علي|tom.baker Tom Baker|uma.patel Uma Patel|vera.novak Věra Nováková|will.turner Will Turner
"""

_CROWD_GROUPS = ("Engineering", "Marketing", "R&D (Grenoble)", "Support 24/7", "Sales EMEA", "営業部")


def _crowd() -> tuple[PersonCase, ...]:
    rows = [row.split(" ", 2) for line in _CROWD.split("\n") for row in line.split("|") if row]
    return tuple(
        PersonCase(
            username,
            first,
            last,
            groups=("All staff", _CROWD_GROUPS[index % len(_CROWD_GROUPS)]),
            direct=index % 3 != 0,  # every third person is bound only through a group
            more=(("department", f"D{index % 5}"), ("jobTitle", "Engineer" if index % 2 else "Clerk")),
        )
        for index, (username, first, last) in enumerate(rows)
    )


_ASTRAL = "\U00020bb7"  # 𠮷: outside the Basic Multilingual Plane, two UTF-16 units
_LONG = "Wolfeschlegelsteinhausenbergerdorffwelchevoralternwarengewissen"

_AWKWARD = (
    PersonCase("o'brien", "Seán", "O'Brien", groups=("O'Brien's team", "Engineering")),
    PersonCase("jose.martin", "José", "Martín", groups=("Engineering",)),
    PersonCase("jose.martin2", "Jose", "Martin", groups=("Engineering",)),
    PersonCase("渡辺", "渡辺", "太郎", email="watanabe@lab.jcad.test", groups=("営業部",)),
    PersonCase("comma.name", "Smith, John", "Jr., Esq.", groups=("R&D (Grenoble)",)),
    PersonCase("quote.name", 'Robert "Bob"', 'D"Arcy', groups=("R&D (Grenoble)",)),
    PersonCase("backslash.name", "Back\\slash", "C:\\Temp\\", groups=("R&D (Grenoble)",)),
    PersonCase("edge.spaces", " Leading", "Trailing ", groups=("Engineering",)),
    PersonCase("sixty.four", "Al", _LONG + "x", groups=("Engineering",)),
    PersonCase("exactly.twenty.chars", "Exactly", "Twenty"),
    PersonCase("hash.name", "#hash", "#1"),
    PersonCase("plus.name", "A+B", "C=D"),
    PersonCase("semicolon.name", "semi;colon", "<angle>"),
    PersonCase("emoji.name", "🚀 Rocket", "\U0001f469\u200d\U0001f4bb", groups=("🚀 Launch crew",)),
    PersonCase("astral.name", f"{_ASTRAL}野", f"{_ASTRAL}田"),
    PersonCase("rtl.name", "ليلى", "العربي\u200f", groups=("قسم المبيعات",)),
    PersonCase("combining.name", "Zoe\u0308", "A\u030angstro\u0308m"),
    PersonCase("dollar.name", "$(Get-Date)", "$env:USERNAME", groups=("$(whoami) & co",)),
    PersonCase("backtick.name", "`n`0", "'; Remove-Item x; '"),
    PersonCase("percent.name", "100%", "{0} %PATH%"),
    PersonCase("ldap.filter", "(cn=*)", "*)(uid=*"),
    PersonCase("json.name", '{"a":1}', "[1,2]"),
    PersonCase("curly.quotes", "‘Tim’", "“Burton”"),
    PersonCase("dash.name", "-Verbose", "--force"),
    PersonCase("null", "null", "None"),
    PersonCase("true", "True", "False"),
    PersonCase("007", "James", "007"),
    PersonCase("a", "A", "B"),
    PersonCase("under_score-dash", "Under_score", "Dash-ed"),
    PersonCase("Мария", "Мария", "Иванова", email="maria@lab.jcad.test"),
    PersonCase(
        "group.only", "Only", "Through-Group", direct=False, groups=("All staff",), because="bound only through a group"
    ),
    PersonCase(
        "unwritable.group",
        "Bound",
        "Through-Skipped",
        direct=False,
        groups=("Sales/Marketing",),
        because="bound through a group that is itself skipped: the binding counts all the same",
    ),
    PersonCase(
        "suspended.new", "Suspended", "Newcomer", state="SUSPENDED", because="created disabled", groups=("All staff",)
    ),
    PersonCase("suspended.two", "Suspended", "Again", state="SUSPENDED", because="created disabled"),
)

_TOO_LONG = "the username has more than 20 characters"
_FORBIDDEN = "Windows refuses a character of the username"

_SKIPPED = tuple(
    PersonCase(
        username,
        first,
        last,
        Outcome.SKIP,
        because,
        email=f"skipped{index}@lab.jcad.test",
        groups=("All staff",),
        state=state,
    )
    for index, (username, first, last, because, state) in enumerate(
        (
            ("maximiliana.wolffhardt", "Maximiliana", "Wolffhardt", _TOO_LONG, "ACTIVATED"),
            ("exactly-twenty-five-chars", "Exactly", "TwentyFive", _TOO_LONG, "ACTIVATED"),
            ("one-more-than-twenty1", "TwentyOne", "Characters", _TOO_LONG, "ACTIVATED"),
            ("no.last.name", "Cher", "", "the last name is missing", "ACTIVATED"),
            ("no.first.name", "", "Voltaire", "the first name is missing", "ACTIVATED"),
            ("no.name.at.all", "", "", "first and last name are missing", "ACTIVATED"),
            ("staged.user", "Staged", "User", "the state is STAGED", "STAGED"),
            ("staged.two", "Staged", "Second", "the state is STAGED", "STAGED"),
            ("slash/name", "Slash", "Name", _FORBIDDEN, "ACTIVATED"),
            ("back\\slash", "Back", "Slash", _FORBIDDEN, "ACTIVATED"),
            ('"quoted"', "Quoted", "Name", _FORBIDDEN, "ACTIVATED"),
            ("plus+tag", "Plus", "Tag", _FORBIDDEN, "ACTIVATED"),
            ("equals=sign", "Equals", "Sign", _FORBIDDEN, "ACTIVATED"),
            ("semi;colon", "Semi", "Colon", _FORBIDDEN, "ACTIVATED"),
            ("<angle>", "Angle", "Brackets", _FORBIDDEN, "ACTIVATED"),
            ("comma,name", "Comma", "Name", _FORBIDDEN, "ACTIVATED"),
            ("star*", "Star", "Wildcard", _FORBIDDEN, "ACTIVATED"),
            ("ends.with.dot.", "Dot", "Ending", "the username ends with a full stop", "ACTIVATED"),
            ("trailing.space ", "Trailing", "Space", "the username ends with a space", "ACTIVATED"),
        )
    )
)

_NOT_BOUND = (
    PersonCase("not.bound", "Not", "Bound", None, "not bound to the AD instance", direct=False),
    PersonCase(
        "not.bound.group", "Unbound", "Group", None, "only in an unbound group", direct=False, groups=("Not bound",)
    ),
    PersonCase(
        "contractor", "Con", "Tractor", None, "not bound to the AD instance", direct=False, groups=("Not bound",)
    ),
)

NEWCOMERS: tuple[PersonCase, ...] = (*_crowd(), *_AWKWARD, *_SKIPPED, *_NOT_BOUND)

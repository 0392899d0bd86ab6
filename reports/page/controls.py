"""Maps the report to controls for which it may be evidence, with the gaps. People decide whether a control is met."""

import re
from collections.abc import Iterator
from dataclasses import dataclass

from reports.run.model import Run

_RESTORE = re.compile(r"(?i)restore(?!con\b)|restoring|restoration")
_DRY_RUN = re.compile(r"(?i)dry-?run")


@dataclass(frozen=True)
class Control:
    """A requirement in our own short words, the sections of the report that support it, and what no such report can provide.

    `sections` are anchors of the report. `data`: on data or backup, listed only where drills of the run have data
    accounts or restored a backup.
    """

    framework: str
    reference: str
    subject: str
    evidence: str
    people: str
    sections: tuple[str, ...]
    data: bool = False


@dataclass(frozen=True)
class Mapped:
    """A control that this run supports; `gap` is what people have to add, including gaps of this run."""

    control: Control
    gap: str


def mapped(run: Run) -> tuple[Mapped, ...]:
    """Return the controls that this run provides evidence for; none if no drill was judged."""
    return tuple(_mapped(run))


def restored_a_backup(run: Run) -> bool:
    """Return whether a drill of this run restored something: a restoring remedy that ran and was not a dry run."""
    return any(_RESTORE.search(f"{view.command.heading}\n{view.command.rendered}") is not None
               and not _DRY_RUN.search(view.command.rendered) and not view.command.failure
               for drill in run.drills for view in drill.commands if view.command.role == "remedy")


def _mapped(run: Run) -> Iterator[Mapped]:
    if all(drill.verdict in {"NOT RUN", "INCONCLUSIVE", "ERROR"} for drill in run.drills):
        return
    restored = restored_a_backup(run)
    accounts = any(drill.accounts for drill in run.drills)
    for control in CONTROLS:
        if not control.data:
            yield Mapped(control, control.people)
        elif restored:
            yield Mapped(control, f"{control.people}; production's own backups: only those of a replica were restored")
        elif accounts:
            yield Mapped(control, f"{control.people}; any restoration: no drill of this run restored a backup")


_SOC2 = "SOC 2 (Trust Services Criteria)"
_ISO27001 = "ISO/IEC 27001:2022, Annex A"
_DORA = "Regulation (EU) 2022/2554 (DORA)"
_NIST = "NIST SP 800-53 Rev. 5"

CONTROLS = (
    Control(_SOC2, "A1.2", "Recovery infrastructure, software and backups are designed, run and maintained",
            "what redundancy and recovery software did under a fault, with the time and the loss of data",
            "design and approval of the infrastructure, environmental protection, operation over the period of the audit",
            ("objectives", "drills")),
    Control(_SOC2, "A1.3", "Recovery plan procedures are tested",
            "each drill, its date, its objectives and its verdict",
            "frequency of the tests, participants, absence of key people, approval of the changed plan",
            ("objectives", "drills", "findings", "history")),
    Control(_SOC2, "CC7.5", "Recovery from identified incidents",
            "the documented remedy carried out, and the time to recover",
            "real incidents and how they were handled, communication, root causes, approval of changes",
            ("drills", "findings")),
    Control("ISO 22301:2019", "8.5", "Exercise programme",
            "exercises with a stated scenario, objective, result and findings",
            "the programme and its intervals, teams and roles that took part, follow-up of the actions",
            ("objectives", "drills", "findings", "review")),
    Control(_ISO27001, "A.5.29", "Information security during disruption",
            "how the service behaved while it was disrupted, and the way back to normal",
            "which security controls must hold during a disruption, and whether they did; risk acceptance",
            ("drills",)),
    Control(_ISO27001, "A.5.30", "ICT readiness for business continuity is planned and tested",
            "recovery times measured against the documented targets, with their bounds",
            "business impact analysis, choice and approval of the targets, planning and upkeep",
            ("objectives", "drills", "history")),
    Control(_ISO27001, "A.5.37", "Documented operating procedures",
            "each documented command run as written, its outcome, whether its checks tell the truth, and the defects found",
            "approval of the document, that those who need it have it, who changes it",
            ("checks", "scope", "drills", "findings")),
    Control(_ISO27001, "A.8.13", "Information backup",
            "what became of acknowledged writes, in rows and seconds, and each documented restoration that was drilled",
            "policy on backups and their retention, protection of the copies, regular restoration tests",
            ("drills",), data=True),
    Control(_ISO27001, "A.8.14", "Redundancy of information processing facilities",
            "where a fault took one of several members away: the outage until the others served",
            "redundancy of sites, power and networks, capacity, decision on what must be redundant",
            ("drills", "scope")),
    Control(_NIST, "CP-4", "Contingency plan testing",
            "test scenarios, results, and corrective actions proposed",
            "frequency, participants, review of the results by people, start of the corrective actions",
            ("objectives", "drills", "findings", "review")),
    Control(_NIST, "CP-10", "System recovery and reconstitution",
            "return to a known, healthy state after each fault",
            "recovery of the production system itself, choice of the time periods, other sites",
            ("objectives", "drills")),
    Control("NIST SP 800-34 Rev. 1", "3.5", "Testing, training and exercises of contingency plans",
            "functional exercises of single recovery procedures",
            "training of staff, exercises of the whole plan, notification and alternate sites",
            ("drills", "findings")),
    Control(_DORA, "Article 11", "Response and recovery, plans tested",
            "tests of the documented response with targets, results and deficiencies",
            "business continuity policy, impact analysis, crisis communication, independent review, yearly frequency",
            ("objectives", "drills", "findings")),
    Control(_DORA, "Article 12", "Backup policies and procedures, restoration and recovery",
            "recovery times and loss of data measured per drill",
            "scope and frequency of backups, separation of the systems that restore, secondary sites",
            ("objectives", "drills"), data=True),
    Control(_DORA, "Article 24", "General requirements for testing digital operational resilience",
            "repeatable tests, weaknesses found, corrections proven, records that can be checked",
            "the testing programme and its approval, independence of testers, risk-based scope, yearly frequency",
            ("result", "findings", "history", "integrity")),
    Control(_DORA, "Article 25", "Testing of ICT tools and systems",
            "scenario-based tests on a replica of production",
            "the other kinds of test (vulnerabilities, networks, source code, penetration), scope decision",
            ("scope", "drills")),
    Control("Directive (EU) 2022/2555 (NIS 2)", "Article 21(2)(c)", "Business continuity and disaster recovery",
            "recovery exercised and measured",
            "approval by management, management of backups as a whole, crisis management",
            ("objectives", "drills")),
    Control("PCI DSS v4.0.1", "12.10.2", "Incident response plan is reviewed and tested at least every 12 months",
            "the recovery procedures that were drilled, with date and result",
            "the review itself, test of the plan's other elements (roles, notification, legal duties), participants, "
            "the 12-month interval",
            ("drills", "findings", "review")),
    Control("BSI-Standard 200-4", "exercises and tests", "Exercising and testing business continuity",
            "tests of single procedures with a protocol of each",
            "planning of the exercises, exercises of staff and crisis team, follow-up of the actions",
            ("drills", "findings", "review")),
)

"""What the report may serve as evidence for. Evidence is all that it gives: whether a control is met, people decide."""

from dataclasses import dataclass


@dataclass(frozen=True)
class Control:
    """A requirement in our own short words, and what in this report speaks to it. `data`: only with data accounts."""

    framework: str
    reference: str
    subject: str
    evidence: str
    data: bool = False


CONTROLS = (
    Control("ISO/IEC 27001:2022, Annex A", "A.5.29", "Information security during disruption",
            "how the service behaved while it was disrupted, and the way back to normal"),
    Control("ISO/IEC 27001:2022, Annex A", "A.5.30", "ICT readiness for business continuity is planned and tested",
            "recovery times measured against the documented targets, with their bounds"),
    Control("ISO/IEC 27001:2022, Annex A", "A.5.37", "Documented operating procedures",
            "each documented command run as written, its outcome, and the defects found with corrections"),
    Control("ISO 22301:2019", "8.5", "Exercise programme",
            "exercises with a stated scenario, objective, result and findings"),
    Control("SOC 2 (Trust Services Criteria)", "A1.3", "Recovery plan procedures are tested",
            "each drill, its date, its objectives and its verdict"),
    Control("SOC 2 (Trust Services Criteria)", "CC7.5", "Recovery from identified incidents",
            "the documented remedy carried out, and the time to recover"),
    Control("Regulation (EU) 2022/2554 (DORA)", "Article 11", "Response and recovery, plans tested",
            "tests of the documented response with targets, results and deficiencies"),
    Control("Regulation (EU) 2022/2554 (DORA)", "Article 12", "Backup, restoration and recovery procedures",
            "recovery times and loss of data measured per drill", data=True),
    Control("Regulation (EU) 2022/2554 (DORA)", "Article 25", "Testing of ICT tools and systems",
            "scenario-based tests on a replica of production"),
    Control("Directive (EU) 2022/2555 (NIS 2)", "Article 21(2)(c)", "Business continuity and disaster recovery",
            "recovery exercised and measured"),
    Control("NIST SP 800-53 Rev. 5", "CP-4", "Contingency plan testing",
            "test scenarios, results, and corrective actions proposed"),
    Control("NIST SP 800-53 Rev. 5", "CP-10", "System recovery and reconstitution",
            "return to a known, healthy state after each fault"),
    Control("NIST SP 800-34 Rev. 1", "3.5", "Testing, training and exercises of contingency plans",
            "functional exercises of single recovery procedures"),
    Control("BSI-Standard 200-4", "exercises and tests", "Exercising and testing business continuity",
            "tests of single procedures with a protocol of each"),
)

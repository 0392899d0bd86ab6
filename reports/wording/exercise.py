"""Words for the exercise record and the signed plan."""

from collections.abc import Iterator

from reports.journal.exercise import Exercise
from reports.run.model import Run

NOT_STATED = "not stated"
FIELDS = {
    "id": "Exercise", "type": "Type", "purpose": "Purpose", "trigger": "Trigger", "sponsor": "Sponsor", "lead": "Exercise lead",
    "observers": "Observers", "business_function": "Business function", "criticality": "Criticality",
    "impact_analysis": "Business impact analysis", "risk": "Risk", "assumptions": "Assumptions of the exercise",
    "exclusions": "Exclusions", "plan_approved_by": "Plan approved by", "plan_approved_on": "Plan approved on"}


def exercise_lines(exercise: Exercise) -> Iterator[tuple[str, str]]:
    """Yield each field of the record with its value; what is empty is "not stated"."""
    for field, name in FIELDS.items():
        value: str | tuple[str, ...] = getattr(exercise, field)
        yield name, (value if isinstance(value, str) else "; ".join(value)) or NOT_STATED


def plan_sentence(run: Run) -> str:
    """Tell whether the run carries a plan that was signed before it, and by which keys."""
    if run.plan is None:
        return "The run carries no signed plan."
    drills = f"{run.plan.drills} {'drill' if run.plan.drills == 1 else 'drills'}"
    keys = ", ".join(f"{key[:12]}…" for key in run.plan.signed_by)
    return (f"The run carries a plan of {drills}, SHA-256 {run.plan.sha256}, signed with the "
            f"{'key' if len(run.plan.signed_by) == 1 else 'keys'} {keys}; the verification checks the signatures.")

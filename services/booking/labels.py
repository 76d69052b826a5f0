"""Labels: the tenant's own sub-statuses, each bound to exactly one status by the policies (contract 1.4).

A label is given with the status it belongs to, or later by a revision. It goes when the status does.
"""

from booking.policies import rules_of
from booking.refusals import invalid
from booking.view import View
from contracts.appointment import Kept
from contracts.errors import Rejection

FIELD = "sub_status"


def misplaced(label: str | None, status: str, kept: Kept, view: View) -> Rejection | None:
    """Why a label cannot be given to an appointment in that status. What history calls things is not asked."""
    if label is None or view.imported:
        return None
    known = rules_of(kept.appointment, view).sub_statuses
    bound = next((one.status for one in known if one.label == label), None)
    if bound == status:
        return None
    if bound is not None:
        return invalid(FIELD, f"{label} belongs to {bound}, not to {status}")
    labels = ", ".join(one.label for one in known if one.status == status)
    return invalid(FIELD, f"there is no such label of {status}; {f'there are: {labels}' if labels else 'it has none'}")

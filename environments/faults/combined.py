"""Several faults at once."""

from collections.abc import Sequence

from environments.faults import Fault, Proof


class Combined:
    """Injected in their order; proven where all are; a leftover where any one is."""

    def __init__(self, faults: Sequence[Fault]) -> None:
        self._faults = tuple(faults)

    def inject(self) -> None:
        """Inject each."""
        for fault in self._faults:
            fault.inject()

    def prove(self) -> Proof:
        """All of them."""
        proofs = [fault.prove() for fault in self._faults]
        return Proof(all(proof.proven for proof in proofs), "; ".join(proof.evidence for proof in proofs),
                     partly=any(proof.leftover for proof in proofs))

    def remove(self) -> None:
        """Remove each, the last first."""
        for fault in reversed(self._faults):
            fault.remove()

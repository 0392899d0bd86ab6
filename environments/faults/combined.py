"""Several faults at once."""

from environments.faults import Fault, Proof


class Parts(tuple[Fault, ...]):
    """Faults of the same system; written as the list of their names."""

    __slots__ = ()


class Combined(Fault, frozen=True, tag="combined"):
    """Inject other faults of the same system, in their order; proven where all are, a leftover where any one is."""

    faults: Parts

    def inject(self) -> None:
        for fault in self.faults:
            fault.inject()

    def prove(self) -> Proof:
        proofs = [fault.prove() for fault in self.faults]
        return Proof(all(proof.proven for proof in proofs), "; ".join(proof.evidence for proof in proofs),
                     partly=any(proof.leftover for proof in proofs))

    def remove(self) -> None:
        """Remove each, the last first."""
        for fault in reversed(self.faults):
            fault.remove()

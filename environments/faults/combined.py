"""Several faults at once."""

from environments.faults import Fault, Proof


class Parts(tuple[Fault, ...]):
    """Faults of one system; written as the list of their names."""

    __slots__ = ()


class Combined(Fault, frozen=True, tag="combined"):
    """Inject other faults of the same system in order; proven when all are, a leftover while any of them is."""

    faults: Parts

    @property
    def shortcoming(self) -> str:
        return "; ".join(filter(None, (fault.shortcoming for fault in self.faults)))

    def inject(self) -> None:
        for fault in self.faults:
            fault.inject()

    def prove(self) -> Proof:
        proofs = [fault.prove() for fault in self.faults]
        return Proof(all(proof.proven for proof in proofs), "; ".join(proof.evidence for proof in proofs),
                     partly=any(proof.leftover for proof in proofs))

    def remove(self) -> None:
        """Remove the faults in reverse order."""
        for fault in reversed(self.faults):
            fault.remove()

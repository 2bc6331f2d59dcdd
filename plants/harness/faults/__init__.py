"""The faults a submission can have: what one is (`definition`), and all 65 by stage (`catalogue`)."""

from plants.harness.faults.catalogue import CATALOGUE, fault
from plants.harness.faults.definition import HARNESS, REJECT, WARNING, Fault, counted, in_order, one_line

__all__ = ["CATALOGUE", "HARNESS", "REJECT", "WARNING", "Fault", "counted", "fault", "in_order", "one_line"]

"""The faults a submission can have: what one is (`definition`), and the 65 of them, by stage."""

from plants.harness.faults.catalogue import CATALOGUE
from plants.harness.faults.definition import Fault, counted, fault, in_order, one_line
from plants.harness.faults.kinds import HARNESS, REJECT, WARNING

__all__ = ["CATALOGUE", "HARNESS", "REJECT", "WARNING", "Fault", "counted", "fault", "in_order", "one_line"]

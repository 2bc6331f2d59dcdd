"""All faults a submission can have, by code; one module for each stage at which they show."""

from plants.harness.faults.answering import ANSWERING
from plants.harness.faults.packing import PACKING
from plants.harness.faults.running import RUNNING
from plants.harness.faults.starting import STARTING
from plants.harness.faults.trusting import TRUSTING

CATALOGUE = PACKING | STARTING | RUNNING | ANSWERING | TRUSTING

"""All faults a submission can have, by code; one module for each stage at which they show."""

from plants.harness.catalogue.answering import ANSWERING
from plants.harness.catalogue.packing import PACKING
from plants.harness.catalogue.running import RUNNING
from plants.harness.catalogue.starting import STARTING
from plants.harness.catalogue.trusting import TRUSTING

CATALOGUE = PACKING | STARTING | RUNNING | ANSWERING | TRUSTING

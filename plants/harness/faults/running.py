"""RUN, RES and LOG: how the process ends, what it uses up and what it prints."""

from plants.harness.faults.definition import REJECT, WARNING, Kind

RUNNING = {
    "RUN01": Kind(
        REJECT,
        "The code raised an exception",
        "The code raised an exception; on the server the run ends there.",
        "Correct the line that is named.",
    ),
    "RUN02": Kind(
        REJECT,
        "The process ended without an answer",
        "The process ended by itself, so there is nothing to score.",
        "Return the answers from predict; remove exit calls, and look at the end of the output for a crash.",
    ),
    "RES01": Kind(
        WARNING,
        "Too slow for the hidden images",
        "The server ends a submission at its time limit and gives it no score.",
        "Predict in batches, use fewer views or a smaller net.",
    ),
    "RES02": Kind(
        REJECT,
        "Waits for what never comes",
        "The process does nothing until the server's time is up.",
        "Remove sleep() and input(), and look for threads that wait for one another.",
    ),
    "RES03": Kind(
        REJECT,
        "Does not end in time",
        "The server ends a submission at its time limit and gives it no score.",
        "Predict in batches, use fewer views or a smaller net.",
    ),
    "RES04": Kind(
        REJECT,
        "Too much memory",
        "The server kills a process that needs more memory than it may have, often without a word.",
        "Predict and augment in batches, and keep nothing from one call to the next.",
    ),
    "RES05": Kind(
        REJECT,
        "Too many processes, or some that stay behind",
        "The server's processes are counted, and those of a submission end with it.",
        "Start no processes, or wait for all of them before predict returns.",
    ),
    "RES06": Kind(
        REJECT,
        "Fills the disk or opens too many files",
        "The server's disk and open files are limited.",
        "Keep data in memory, close files, and delete temporary ones.",
    ),
    "LOG01": Kind(
        WARNING,
        "Prints too much",
        "Servers cut long logs, and writing them takes time.",
        "Remove the prints, or pass verbose=0 to predict.",
    ),
}

"""SEC and HAR: attempts to get at the score by other ways than the images, and the harness's own failures."""

from plants.harness.faults.definition import HARNESS, REJECT, WARNING, Kind

TRUSTING = {
    "SEC01": Kind(
        REJECT,
        "Altered the result",
        "The answers are what predict returns, not what is written into the harness's files.",
        "Return the answers from predict and leave other files alone.",
    ),
    "SEC02": Kind(
        REJECT,
        "Reached for the labels",
        "A submission gets images only; it may not look for labels elsewhere, nor into other processes.",
        "Use nothing but X and the files in path.",
    ),
    "SEC03": Kind(
        REJECT,
        "Takes the labels from the order of the images",
        "The hidden images come in any order, which tells nothing of their classes.",
        "Compute each answer from its image alone.",
    ),
    "SEC04": Kind(
        WARNING,
        "Patched a library, or looked into the harness",
        "Scores are computed in another process, which cannot be reached so.",
        "Leave the functions and objects of other modules alone.",
    ),
    "SEC05": Kind(
        REJECT,
        "Looks the images up in a table",
        "The answers hold for the very bytes of known images, not for what they show.",
        "Answer from what the image shows.",
    ),
    "SEC06": Kind(
        REJECT,
        "Answers without looking at X",
        "The answers vary, but not with the images.",
        "Compute each answer from its image.",
    ),
    "SEC07": Kind(
        REJECT,
        "Behaves differently when it is tested",
        "The answers to the same images depend on how many others come with them, or on the surroundings.",
        "Compute each answer from its image alone.",
    ),
    "SEC08": Kind(
        REJECT,
        "Sends data out",
        "Images and labels of the contest may not leave the server.",
        "Remove everything that uses the network.",
    ),
    "SEC09": Kind(
        REJECT,
        "Code hidden in the model",
        "A model holds numbers; what is named runs programs or reaches files when it is loaded or used.",
        "Save the net again without it, from layers of Keras alone.",
        ends_check=True,
        milder="a compiled library that nothing is seen to load",
    ),
    "SEC10": Kind(
        REJECT,
        "Leaves something for the next run",
        "Every run starts from the zip alone; what one leaves behind must not help the next.",
        "Keep nothing outside the folder of tempfile.gettempdir().",
    ),
    "HAR01": Kind(
        HARNESS,
        "Processes that cannot be ended",
        "The system does not end a killed process while it waits, as for a device or a network disk.",
        "Score again when the process is gone, which may take a restart of the machine.",
    ),
    "HAR02": Kind(
        HARNESS,
        "The harness cannot work",
        "The harness could not do its work; this says nothing about the submission.",
        "Mend what is named and score again.",
    ),
}

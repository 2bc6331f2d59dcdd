"""ZIP: the archive, before anything is unpacked."""

from plants.harness.faults.definition import REJECT, WARNING, Kind

PACKING = {
    "ZIP01": Kind(
        REJECT,
        "Not a readable zip",
        "The server cannot unpack the file.",
        "Create the zip again and upload it whole.",
        ends_check=True,
    ),
    "ZIP02": Kind(
        REJECT,
        "Wrapped in one folder",
        "The folder was zipped, not what is in it; the server looks for model.py in the root.",
        "Zip the contents, not the folder: 'cd' into it, then 'zip -r ../submission.zip .'.",
    ),
    "ZIP03": Kind(
        WARNING,
        "Junk files",
        "File managers and notebooks leave these behind; the server does not need them.",
        "Leave them out, or build the zip with build_submission.py.",
    ),
    "ZIP04": Kind(
        REJECT,
        "Unsafe path",
        "Unpacked as named, the entry would be written outside the submission's folder.",
        "Use relative names with forward slashes.",
        ends_check=True,
    ),
    "ZIP05": Kind(
        REJECT,
        "Link or device",
        "A link or device points outside the zip, and unzip programs treat it differently.",
        "Store the real file.",
        ends_check=True,
    ),
    "ZIP06": Kind(
        REJECT,
        "Expands too far",
        "A zip that unpacks to far more than it should fills the server's disk.",
        "Pack only model.py, metadata and SubmissionModel/, each once.",
        ends_check=True,
    ),
    "ZIP07": Kind(
        REJECT,
        "Names that clash or cannot be written",
        "Servers disagree on what such names unpack to.",
        "Give every entry one plain name of its own.",
        ends_check=True,
    ),
    "ZIP08": Kind(
        REJECT,
        "Encrypted, or an exotic compression",
        "The server's unzip program cannot read such an entry.",
        "Use plain deflate without a password.",
        ends_check=True,
    ),
    "ZIP09": Kind(
        WARNING,
        "A zip within the zip",
        "Old CodaLab unpacks a zip within the zip, Codabench does not.",
        "Store the folder itself.",
    ),
    "ZIP10": Kind(
        REJECT,
        "Over the upload limit",
        "The server refuses larger uploads before it looks at them.",
        "Leave out what predict does not need; save a Keras model with include_optimizer=False.",
    ),
    "ZIP11": Kind(
        WARNING,
        "Files that are never read",
        "They make the upload larger and slower, and do nothing.",
        "Leave them out of the zip, or look why the code does not open them.",
    ),
    "ZIP12": Kind(
        REJECT,
        "Stand-in for the real file",
        "The entry stands in for the real file, which was never downloaded.",
        "Fetch the real file (for Git LFS: 'git lfs pull') and build the zip again.",
        ends_check=True,
        milder="one in place of a file that is neither weights nor code",
    ),
    "ZIP13": Kind(
        REJECT,
        "Permissions that forbid reading",
        "Unpacked with these permissions, the entry cannot be opened.",
        "Set the permissions (chmod -R u+rwX) and zip again.",
    ),
}

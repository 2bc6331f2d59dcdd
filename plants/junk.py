"""Names that systems, file managers and network shares leave in folders: nobody put them there."""

# Lower case, and apart from names that begin with a dot (.DS_Store, ._photo.png).
NAMES = {
    *("__macosx", "icon\r", "network trash folder", "temporary items", "thevolumesettingsfolder"),  # macOS
    *("thumbs.db", "ehthumbs.db", "ehthumbs_vista.db", "desktop.ini"),  # Windows
    *("$recycle.bin", "recycler", "recycled", "system volume information", "found.000"),
    *("@eadir", "#recycle", "#snapshot", "@tmp", "@sharebin", "@sharesnap"),  # Synology
    *("@recycle", "@__thumb", "@recently-snapshot", "@recently-snap", "~snapshot"),  # QNAP, NetApp
    *("lost+found", "__pycache__"),
}
# What Windows and Synology note beside a file, where its copy has become a file of its own.
ENDS = (":zone.identifier", "@synoeastream", "@synoresource")


def is_junk(name: str) -> bool:
    """Whether a path with '/' has such a name, or lies in a folder that has; '.' and '..' name nothing."""
    parts = [part for part in name.lower().rstrip("/").split("/") if part not in (".", "..")]
    return any(part.startswith(".") or part in NAMES or part.endswith(ENDS) for part in parts)

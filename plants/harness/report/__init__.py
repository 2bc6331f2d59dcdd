"""The verdict as one self-contained HTML page, for the screen, the telephone and the printer."""

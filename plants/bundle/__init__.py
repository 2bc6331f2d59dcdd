"""From trained runs to submission.zip: frozen export, manifest, archive."""

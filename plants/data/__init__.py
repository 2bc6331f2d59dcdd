"""Images in: contest zip, class folders or the generated sample; split and fingerprints."""

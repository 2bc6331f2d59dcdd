"""The pixel contract: images are raw RGB in [0, 255], as decoded, everywhere outside the graph."""

IMAGE_SIDE = 96  # pixels, as the contest delivers its square photos

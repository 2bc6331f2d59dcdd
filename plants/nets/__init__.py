"""Networks: raw pixels 0..255 in, logits or probabilities out."""

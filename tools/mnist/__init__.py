"""The handwritten-digit network: how it is laid out, its integer model, its training."""

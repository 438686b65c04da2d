"""The live floor: who may leave now, offers in windows that open, production calling back, and planning again at once."""

"""The engine's probabilities and error bars against references that share none of its code."""

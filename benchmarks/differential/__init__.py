"""Random small models of every family, counted by flopline and executed under PyTorch's operation counter."""

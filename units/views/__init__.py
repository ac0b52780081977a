"""Pages of the register and of patrols."""

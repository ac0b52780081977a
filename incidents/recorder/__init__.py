"""The flight recorder: an independent look at whether everybody was told who had to be."""

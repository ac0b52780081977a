"""The demo world, made with the verbs only. Names of persons are made up; sectors are illustrative."""

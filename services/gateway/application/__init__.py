"""The calls of people and programs, without HTTP: the API and the pages use the same ones."""

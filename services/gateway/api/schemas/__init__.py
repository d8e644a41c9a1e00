"""The JSON bodies of the HTTP API, one file for each subject; pages parse their forms with the same types."""

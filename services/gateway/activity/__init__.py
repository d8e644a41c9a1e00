"""The activity log in words: which facts are told, and each as a sentence. Pure; the log is built from facts alone."""

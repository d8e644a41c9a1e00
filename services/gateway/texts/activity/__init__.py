"""The activity log in words: which events are told, and each as a sentence. Pure: built from events alone."""

"""Presenters turn values of the application and the model into the JSON bodies of `api/schemas`."""

"""What people and programs can do here, without HTTP: the API and the pages both call these."""

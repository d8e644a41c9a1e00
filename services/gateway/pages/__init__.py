"""The pages that people see in a browser: they parse forms, call the application and render templates.

A page decides no rule. `site.py` lists the page modules, and each module lists its own routes.
"""

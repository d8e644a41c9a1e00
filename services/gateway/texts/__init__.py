"""The sentences that people read: in problem details, on pages, in the activity log. Each has one home.

A sentence that only one template says has its home there. HTTP statuses are the API's, rules are in `domain/`.
"""

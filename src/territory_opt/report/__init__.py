"""What people see of a result: text, notebook display, and one HTML page.

Nothing is imported here: each door loads what it needs when it is used.
"""

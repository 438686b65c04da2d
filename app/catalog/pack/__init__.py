"""Content packs as files: reading, checking and rendering them. Only here does the catalog know YAML and Markdown.

A pack is somebody else's text: nothing in it is executed, followed out of its folder or shown as HTML of its own.
"""

"""What a browser sees: for now the front page. Reference clients for phone and board stand here, on the public API only.

It must not reach past the API into the features.
"""

"""Every statement about the downtime map."""

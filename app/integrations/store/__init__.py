"""Every statement about webhooks and the event feed, by topic."""

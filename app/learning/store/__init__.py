"""Every statement of learning, by use case."""

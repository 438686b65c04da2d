"""Request and answer shapes of learning."""

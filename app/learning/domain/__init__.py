"""Rules of learning as plain functions: who is ready, whether work can be taken, what it is worth, how long is paid."""

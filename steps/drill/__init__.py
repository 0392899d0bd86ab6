"""What a drill does behind the sentences."""

"""What several test files share: real mail servers, waiting for a condition, messages."""

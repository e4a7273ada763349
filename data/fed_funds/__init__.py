"""What fed funds futures say of coming decisions."""

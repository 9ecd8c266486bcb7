"""What an offboarding reads in Help Scout and changes there: conversations, duty, and what it keeps of that."""

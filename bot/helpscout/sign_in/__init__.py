"""Access tokens of Help Scout: for the app, and for a person who lets the app act for them."""

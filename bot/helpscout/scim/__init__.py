"""SCIM 2.0 (RFC 7643, 7644): users and groups of Help Scout, which are its seats and its teams."""

"""The steps of an offboarding, as it goes: everything is remembered, their work is handed on, they are gone."""

"""`python -m bot` is `hs-bot`."""

from bot.cli import main

if __name__ == "__main__":
    main()

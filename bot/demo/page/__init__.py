"""The demo's web page: a workspace drawn in the browser, and views behind the scenes. Built on NiceGUI."""

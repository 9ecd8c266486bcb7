"""Every write × every fault, against SCIMMY, a SCIM server by others for Node.js. By hand, where node and npm are:

    python -m tests.services.kinds.with_scimmy /tmp/scimmy

The folder gets SCIMMY from npm; the cells are those of `test_fault_matrix.py`. It is no test of the suite, which needs
nothing but Python and Debian's packages.
"""

import os
import shutil
import subprocess
import sys
from pathlib import Path

from tests.services.other_servers import SCIMMY_AT, TOKEN

HERE = Path(__file__).parent
PACKAGES = ("scimmy@1", "scimmy-routers@1", "express@5")


def main(folder: Path) -> int:
    folder.mkdir(exist_ok=True)
    folder.joinpath("package.json").write_text('{"type": "module", "private": true}', encoding="utf-8")
    subprocess.run(["npm", "install", "--silent", *PACKAGES], cwd=folder, check=True)
    script = shutil.copy(HERE / "scimmy_server.mjs", folder)
    piped = {"stdin": subprocess.PIPE, "stdout": subprocess.PIPE, "text": True}
    with subprocess.Popen(["node", script, TOKEN], cwd=folder, **piped) as server:  # type: ignore[call-overload]
        address = f"http://127.0.0.1:{server.stdout.readline().strip()}/scim"
        matrix = [sys.executable, "-m", "pytest", "-q", str(HERE / "test_fault_matrix.py"), "-k", "scimmy"]
        return subprocess.run(matrix, env=os.environ | {SCIMMY_AT: address}, check=False).returncode


if __name__ == "__main__":
    sys.exit(main(Path(sys.argv[1])))

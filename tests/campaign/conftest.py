"""The campaign's modules find one another, also when the soak runs them without pytest."""

import sys
from pathlib import Path

sys.path.insert(0, str(Path(__file__).parent))
